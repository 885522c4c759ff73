package io.kubescaler.redlock.redisson;

/** A Redis master failed to execute a request. The message is for an operator and contains no token. */
final class NodeFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    NodeFailedException(String message) {
        super(message, null, false, false);
    }
}

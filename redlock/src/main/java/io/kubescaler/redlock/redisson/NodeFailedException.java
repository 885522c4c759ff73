package io.kubescaler.redlock.redisson;

/** A Redis master did not do what it was asked; the message is for an operator and quotes no token. */
final class NodeFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    NodeFailedException(String message) {
        super(message, null, false, false);
    }
}

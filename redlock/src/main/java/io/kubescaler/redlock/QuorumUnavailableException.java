package io.kubescaler.redlock;

/** No quorum of the nodes answered; the message names those that failed, and why. */
public final class QuorumUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    QuorumUnavailableException(String failures) {
        super("No quorum of the Redis nodes answered: " + failures);
    }
}

package io.kubescaler.redlock;

/** The outcome of a release. */
public enum Release {
    RELEASED,
    /**
     * The session is ended for good, but an instance that may still stream for it has not confirmed that in time. The lock
     * is free once it does, or when its lease has expired.
     */
    UNCONFIRMED,
    /** Nobody had the lock. */
    MISSING,
    /** Another token has the lock, and still has it. */
    ANOTHERS,
    /** No quorum of the nodes answered; the lock expires by itself where it was not released. */
    UNAVAILABLE
}

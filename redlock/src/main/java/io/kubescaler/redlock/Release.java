package io.kubescaler.redlock;

/** The outcome of a release. */
public enum Release {
    RELEASED,
    /** Nobody had the lock. */
    MISSING,
    /** Another token has the lock, and still has it. */
    ANOTHERS,
    /** No quorum of the nodes answered; the lock expires by itself where it was not released. */
    UNAVAILABLE
}

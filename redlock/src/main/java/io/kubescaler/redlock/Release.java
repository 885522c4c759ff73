package io.kubescaler.redlock;

/** What became of a wish to release a lock. */
public enum Release {
    RELEASED,
    /** Nobody had the lock. */
    MISSING,
    /** Another token has the lock, and still has it. */
    ANOTHERS,
    /** No quorum of the nodes answered; what was not released expires by itself. */
    UNAVAILABLE
}

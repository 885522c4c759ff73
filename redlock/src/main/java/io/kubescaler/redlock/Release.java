package io.kubescaler.redlock;

import java.time.Duration;

/** The outcome of a release. */
public sealed interface Release {

    record Released() implements Release {}

    /**
     * The session is ended for good, but an instance that may still stream for it has not confirmed that in time. The lock
     * is free once it does.
     *
     * @param freeIn when it is free at the latest
     */
    record Unconfirmed(Duration freeIn) implements Release {}

    /** Nobody had the lock. */
    record Missing() implements Release {}

    /** Another token has the lock, and still has it. */
    record Anothers() implements Release {}

    /** No quorum of the nodes answered; the lock expires by itself where it was not released. */
    record Unavailable() implements Release {}
}

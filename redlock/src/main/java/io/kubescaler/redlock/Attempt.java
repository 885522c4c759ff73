package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;

/** How an attempt to acquire a lock ended. */
public sealed interface Attempt {

    /** The lock is ours until the lease ends; a {@link LeaseKeeper} makes it last. */
    record Acquired(Lease lease) implements Attempt {}

    /**
     * Another session has the lock.
     *
     * @param freeIn until a quorum of the nodes is free, if that session is no longer refreshed
     * @param since since when it has the lock
     */
    record Held(Duration freeIn, Instant since) implements Attempt {}

    /** The session of the previous token was ended for good, so its client is not to come back by itself. */
    record Ended() implements Attempt {}

    /**
     * The owner of the lock is unknown: no quorum of the nodes answered in time, or no token has a quorum of them while
     * some are silent. Or the nodes do not admit this instance's list of nodes, because another list in use differs by
     * more than one.
     *
     * @param reason which nodes failed and why, or which list is in use, for an operator
     */
    record Unavailable(String reason) implements Attempt {}
}

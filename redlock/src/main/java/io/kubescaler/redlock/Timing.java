package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;

/** The source of time for the lock. */
public interface Timing {

    /**
     * A monotonic clock in nanoseconds: only differences have a meaning. It counts time for which the machine was
     * suspended, unlike {@link System#nanoTime()}, because the masters' keys expire meanwhile.
     */
    long nanoTime();

    /** The time of day, shown to others as "launched since"; the lock's safety does not depend on it. */
    Instant now();

    /** Runs a short task once after the delay, unless it is cancelled before. */
    Cancellable schedule(Duration delay, Runnable task);

    interface Cancellable {
        void cancel();
    }
}

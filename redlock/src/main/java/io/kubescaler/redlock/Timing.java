package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;

/** Where the lock takes its time from. */
public interface Timing {

    /** A monotonic clock in nanoseconds, as {@link System#nanoTime()}: only differences mean something. */
    long nanoTime();

    /** The time of day, told to others as "launched since"; the lock's safety does not rest on it. */
    Instant now();

    /** Runs a short task once after the delay; a cancelled one does not start any more. */
    Cancellable schedule(Duration delay, Runnable task);

    /** A scheduled task. */
    interface Cancellable {
        void cancel();
    }
}

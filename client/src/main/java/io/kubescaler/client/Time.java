package io.kubescaler.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A clock and its alarms. */
interface Time {

    /** The clock of the JDK; its alarms share one thread of the JVM. */
    Time SYSTEM = new Time() {

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public Runnable after(Duration delay, Runnable task) {
            CompletableFuture<Boolean> due = new CompletableFuture<>();
            due.completeOnTimeout(true, toNanos(delay), TimeUnit.NANOSECONDS).thenAccept(isDue -> {
                if (isDue) {
                    task.run();
                }
            });
            // Not cancel(), which would hold the task until it is due.
            return () -> due.complete(false);
        }
    };

    long nanos();

    /** The duration in nanoseconds; 0 if it is negative, and 292 years if it is longer. */
    static long toNanos(Duration duration) {
        return Math.max(0, TimeUnit.NANOSECONDS.convert(duration));
    }

    /**
     * @param task must not block
     * @return cancels the alarm
     */
    Runnable after(Duration delay, Runnable task);
}

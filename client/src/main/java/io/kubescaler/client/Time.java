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
            due.completeOnTimeout(true, delay.toNanos(), TimeUnit.NANOSECONDS).thenAccept(isDue -> {
                if (isDue) {
                    task.run();
                }
            });
            // Not cancel(), which would hold the task until it is due.
            return () -> due.complete(false);
        }
    };

    long nanos();

    /**
     * @param task must not block
     * @return cancels the alarm
     */
    Runnable after(Duration delay, Runnable task);
}

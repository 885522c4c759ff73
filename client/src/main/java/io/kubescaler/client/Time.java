package io.kubescaler.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The time that passes, and alarms. */
interface Time {

    /** The JDK's own; its alarms share one thread of the JVM. */
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
            // Not cancel(), which would keep the task until it is due.
            return () -> due.complete(false);
        }
    };

    long nanos();

    /**
     * @param task must not block
     * @return takes the alarm back
     */
    Runnable after(Duration delay, Runnable task);
}

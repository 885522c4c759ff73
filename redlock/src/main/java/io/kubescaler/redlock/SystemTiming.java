package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The time of this machine, with one daemon thread for scheduled tasks. The clock counts the time for which the machine
 * was suspended; tasks are late by that time.
 */
public final class SystemTiming implements Timing, AutoCloseable {

    private final WatchedClock clock =
            new WatchedClock(System::nanoTime, () -> TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "redlock-timing");
        thread.setDaemon(true);
        return thread;
    });

    public SystemTiming() {
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        Future<?> scheduled = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    /** Drops scheduled tasks; no more may be scheduled. */
    @Override
    public void close() {
        executor.shutdown();
    }
}

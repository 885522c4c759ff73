package io.kubescaler.stream.session;

import java.util.concurrent.TimeUnit;

/**
 * A monotonic clock that stands still while its process is stopped, like Java's while its machine is suspended. It
 * takes off every time in which nothing has read it, although a thread does so all the time.
 */
public final class StandingClock {

    private static final long TICK_MILLIS = 5;
    private static final long STOPPED_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private static long latest = System.nanoTime();
    private static long stood;

    static {
        Thread ticks = new Thread(StandingClock::tick, "standing-clock");
        ticks.setDaemon(true);
        ticks.start();
    }

    private StandingClock() {}

    /** In nanoseconds; only differences have a meaning. */
    public static synchronized long nanoTime() {
        long now = System.nanoTime();
        if (now - latest > STOPPED_NANOS) {
            stood += now - latest;
        }
        latest = now;
        return now - stood;
    }

    private static void tick() {
        try {
            while (true) {
                nanoTime();
                TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

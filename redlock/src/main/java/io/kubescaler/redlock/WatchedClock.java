package io.kubescaler.redlock;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * A monotonic clock that counts the time for which the machine was suspended. Java's monotonic clock stands still
 * meanwhile, and the masters' keys expire. So the wall clock watches it: if it has moved further, this clock moves on
 * by the difference. A wall clock that is set forward has the same effect, which only ends leases early; one that is
 * set back has none.
 *
 * <p>Not seen is a pause that a hypervisor hides from all clocks of its virtual machine.
 */
final class WatchedClock {

    /** The clocks are not read in the same moment, and the wall clock in milliseconds only. */
    static final Duration TOLERANCE = Duration.ofMillis(10);

    private final LongSupplier monotonic;
    private final LongSupplier wall;
    private final AtomicReference<Watch> watch;

    /**
     * @param offset of the wall clock from the monotonic one, when last seen to change
     * @param suspended how long the monotonic clock stood still until then
     */
    private record Watch(long offset, long suspended) {}

    /** Both clocks in nanoseconds. */
    WatchedClock(LongSupplier monotonic, LongSupplier wall) {
        this.monotonic = monotonic;
        this.wall = wall;
        long begin = monotonic.getAsLong();
        watch = new AtomicReference<>(new Watch(wall.getAsLong() - begin, 0));
    }

    /** In nanoseconds; only differences have a meaning. */
    long nanoTime() {
        while (true) {
            Watch known = watch.get();
            long now = monotonic.getAsLong();
            long moved = wall.getAsLong() - now - known.offset;
            if (Math.abs(moved) <= TOLERANCE.toNanos()) {
                return now + known.suspended;
            }
            if (monotonic.getAsLong() - now <= TOLERANCE.toNanos() / 2) {
                watch.compareAndSet(known, new Watch(known.offset + moved, known.suspended + Math.max(0, moved)));
            }
            // Otherwise this thread was interrupted between the two clocks, and the difference means nothing.
        }
    }
}

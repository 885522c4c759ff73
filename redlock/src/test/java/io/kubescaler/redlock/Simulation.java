package io.kubescaler.redlock;

import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/** Time that jumps from one event to the next. All random numbers come from one seed. */
final class Simulation {

    final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long now;
    private long order;

    Simulation(long seed) {
        random = new Random(seed);
    }

    private record Event(long time, long order, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            return time == other.time ? Long.compare(order, other.order) : Long.compare(time, other.time);
        }
    }

    /** The true time, in nanoseconds since the start. */
    long now() {
        return now;
    }

    void after(long nanos, Runnable action) {
        events.add(new Event(now + Math.max(0, nanos), order++, action));
    }

    /** @param afterEach what to do after each event */
    void runFor(Duration duration, Runnable afterEach) {
        long end = now + duration.toNanos();
        while (!events.isEmpty() && events.peek().time() <= end) {
            Event event = events.remove();
            now = event.time();
            event.action().run();
            afterEach.run();
        }
        now = end;
    }

    /** Evenly distributed. */
    long between(long fromNanos, long toNanos) {
        return fromNanos + (long) (random.nextDouble() * (toNanos - fromNanos));
    }

    long between(Duration from, Duration to) {
        return between(from.toNanos(), to.toNanos());
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}

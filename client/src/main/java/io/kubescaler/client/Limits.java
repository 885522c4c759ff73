package io.kubescaler.client;

import java.time.Duration;

/**
 * How long a client waits, and how much it holds.
 *
 * @param answer how long connecting and receiving the head of the answer may take
 * @param silence how long a connection may receive nothing, not even a comment, before {@link StreamClient} treats it
 *     as lost. The platform sends a comment every 15 s
 * @param largestEvent the most bytes in the data of one event; a larger event ends its connection
 */
public record Limits(Duration answer, Duration silence, int largestEvent) {

    /** Answer 10 s, silence 45 s, largest event 1 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(45), 1 << 20);

    /** @throws IllegalArgumentException one of them is not positive */
    public Limits {
        if (!isPositive(answer) || !isPositive(silence) || largestEvent <= 0) {
            throw new IllegalArgumentException("The limits must be positive.");
        }
    }

    public Limits withAnswer(Duration answer) {
        return new Limits(answer, silence, largestEvent);
    }

    public Limits withSilence(Duration silence) {
        return new Limits(answer, silence, largestEvent);
    }

    public Limits withLargestEvent(int largestEvent) {
        return new Limits(answer, silence, largestEvent);
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isZero() && !duration.isNegative();
    }
}

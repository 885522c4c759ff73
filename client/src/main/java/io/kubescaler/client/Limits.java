package io.kubescaler.client;

import java.time.Duration;

/**
 * How long a client waits, and how much it holds.
 *
 * @param answer how long a request may take: connecting, and the head of the answer
 * @param silence how long a connection may bring nothing, not even a comment, before {@link StreamClient} takes it for
 *     a lost one. The platform sends a comment every 15 s
 * @param largestEvent how many bytes the data of one event may have; a larger one ends its connection
 */
public record Limits(Duration answer, Duration silence, int largestEvent) {

    /** 10 s, 45 s, 1 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(45), 1 << 20);

    /** @throws IllegalArgumentException one of them is not positive */
    public Limits {
        if (!isPositive(answer) || !isPositive(silence) || largestEvent <= 0) {
            throw new IllegalArgumentException("The limits have to be positive.");
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

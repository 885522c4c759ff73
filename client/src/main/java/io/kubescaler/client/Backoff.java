package io.kubescaler.client;

import java.time.Duration;

/** Doubles with every failure in a row. Half is random, so that the clients of a dead instance come back spread out. */
record Backoff(Duration first, Duration longest) {

    static final Backoff DEFAULT = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10));

    Backoff {
        if (first.isZero() || first.isNegative() || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException("The first wait must be positive, and not longer than the longest.");
        }
    }

    /**
     * @param failures how many failures in a row came before this one
     * @param random from 0 to 1
     * @return between half and all of the wait for that many failures
     */
    Duration delay(int failures, double random) {
        double most = Math.min(Time.toNanos(longest), Time.toNanos(first) * Math.pow(2, failures));
        return Duration.ofNanos((long) (most * (1 + random) / 2));
    }
}

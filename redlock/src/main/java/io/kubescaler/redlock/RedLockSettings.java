package io.kubescaler.redlock;

import java.time.Duration;

/**
 * The times of the lock.
 *
 * @param ttl how long a node remembers an owner after its last request
 * @param refreshEvery the time between two extensions of a lease
 * @param nodeTimeout how long a node may take to answer before it counts as failed for this request
 * @param retries how often an acquisition is tried again after a split vote
 * @param retryDelay the longest random pause before such a retry
 * @param drift the fraction by which the clocks of a node and of this process may differ in speed; a lease ends this
 *     fraction of the ttl, and 2 ms for the resolution of expiry in Redis, before its keys do
 */
public record RedLockSettings(
        Duration ttl, Duration refreshEvery, Duration nodeTimeout, int retries, Duration retryDelay, double drift) {

    private static final Duration EXPIRY_RESOLUTION = Duration.ofMillis(2);

    public RedLockSettings {
        require(isPositive(ttl), "The time to live of a lock must be positive, but is " + ttl);
        require(isPositive(refreshEvery), "The refresh interval must be positive, but is " + refreshEvery);
        require(isPositive(nodeTimeout), "The timeout of a node must be positive, but is " + nodeTimeout);
        require(!retryDelay.isNegative(), "The retry delay must not be negative, but is " + retryDelay);
        require(retries >= 0, "The retries must not be negative, but are " + retries);
        require(drift >= 0 && drift < 0.5, "The drift must be in [0, 0.5), but is " + drift);
        require(
                refreshEvery.plus(nodeTimeout.multipliedBy(2)).compareTo(ttl.dividedBy(2)) <= 0,
                "A lock of " + ttl + " is too short to be refreshed every " + refreshEvery + " by nodes that may take "
                        + nodeTimeout + " to answer");
    }

    /** ttl 60 s, refresh every 20 s, node timeout 250 ms, three retries within 100 ms each, drift 1 %. */
    public static RedLockSettings defaults() {
        return new RedLockSettings(
                Duration.ofSeconds(60),
                Duration.ofSeconds(20),
                Duration.ofMillis(250),
                3,
                Duration.ofMillis(100),
                0.01);
    }

    public RedLockSettings withNodeTimeout(Duration timeout) {
        return new RedLockSettings(ttl, refreshEvery, timeout, retries, retryDelay, drift);
    }

    /** How long a node surely remembers a request that it granted, from when it was sent. */
    Duration usable() {
        return ttl.minusNanos((long) (ttl.toNanos() * drift)).minus(EXPIRY_RESOLUTION);
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}

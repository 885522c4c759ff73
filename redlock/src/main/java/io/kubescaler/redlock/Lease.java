package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The time until which a lock is ours. A node that granted a request sent at s remembers the owner at least until
 * s + ttl − drift. The lease lasts as long as a quorum of the nodes surely remembers the owner. After its end it never
 * revives.
 */
public final class Lease {

    private final Resource resource;
    private final String token;
    private final String owner;
    private final Instant since;
    private final boolean resumed;
    private final long epoch;
    private final Timing timing;
    private final int quorum;
    private final long usableNanos;

    /** Per node, when the last request that it granted was sent; null if it does not know the owner. */
    private final @Nullable Long[] confirmed;

    private volatile long end;
    private volatile boolean over;

    Lease(
            Resource resource,
            String token,
            String owner,
            Instant since,
            boolean resumed,
            long epoch,
            @Nullable Long[] confirmed,
            Timing timing,
            int quorum,
            Duration usable) {
        this.resource = resource;
        this.token = token;
        this.owner = owner;
        this.since = since;
        this.resumed = resumed;
        this.epoch = epoch;
        this.timing = timing;
        this.quorum = quorum;
        this.usableNanos = usable.toNanos();
        this.confirmed = confirmed;
        this.end = endBy(confirmed);
    }

    public Resource resource() {
        return resource;
    }

    /** The secret of the session: anyone who knows it may take the session over or release it. */
    public String token() {
        return token;
    }

    /** What the nodes know of the token. */
    String owner() {
        return owner;
    }

    public Instant since() {
        return since;
    }

    /**
     * The number of this acquisition, greater than those of all earlier leases of the resource. With it, a receiver drops
     * what a stopped process sends after its lease has ended (a fencing token). Between 0 and 2^53.
     */
    public long epoch() {
        return epoch;
    }

    /** Whether it goes on with the session that had the lock, of the token with which it was acquired. */
    public boolean isResumed() {
        return resumed;
    }

    /** Whether the lock is ours now; cheap enough to check before every message. Once false, it stays false. */
    public boolean isValid() {
        return !over && (end - timing.nanoTime() > 0 || !expire());
    }

    /** How long the lease lasts if it is not extended; zero after its end. */
    public Duration remaining() {
        return isValid() ? Duration.ofNanos(Math.max(0, end - timing.nanoTime())) : Duration.ZERO;
    }

    /** Ends the lease at once; nothing is sent to the nodes. */
    void end() {
        over = true;
    }

    /**
     * Extends or shortens the lease by the nodes' latest answers; without effect after the end.
     *
     * @param change of what is known per node: when the last request that it granted was sent, or null
     */
    synchronized void confirm(Consumer<@Nullable Long[]> change) {
        if (isValid()) {
            change.accept(confirmed);
            end = endBy(confirmed);
        }
    }

    /** Until when a quorum surely remembers the owner: the quorum-th latest of the nodes' own ends. */
    private long endBy(@Nullable Long[] known) {
        long now = timing.nanoTime();
        return now
                + Arrays.stream(known)
                        .filter(Objects::nonNull)
                        .map(sent -> sent - now + usableNanos)
                        .sorted(Comparator.reverseOrder())
                        .skip(quorum - 1)
                        .findFirst()
                        .orElse(0L);
    }

    /** Makes the end final, so that a concurrent extension cannot revive a lease that a caller has just seen end. */
    private synchronized boolean expire() {
        over |= end - timing.nanoTime() <= 0;
        return over;
    }

    @Override
    public String toString() {
        return "lease of " + resource.lockKey() + " for " + remaining();
    }
}

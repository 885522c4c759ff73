package io.kubescaler.service.lock;

import io.kubescaler.api.Metrics;
import io.kubescaler.api.Pair;
import io.kubescaler.api.RedisKeys;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.redlock.QuorumUnavailableException;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.Release;
import io.kubescaler.redlock.Resource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lock per pair. Nothing here blocks, and callers must not block the threads on which stages complete. */
public final class PairLock {

    private static final Logger log = LoggerFactory.getLogger(PairLock.class);

    private static final Duration NOT_TOO_OFTEN = Duration.ofSeconds(1);

    private final UnaryOperator<RedLock> traced;
    private final RedLock lock;
    private final MeterRegistry metrics;
    private final AtomicLong logged = new AtomicLong(System.nanoTime() - NOT_TOO_OFTEN.toNanos());

    /** @param traced the lock for calls that belong to a request, on whose thread it is called */
    PairLock(UnaryOperator<RedLock> traced, RedLock lock, MeterRegistry metrics) {
        this.traced = traced;
        this.lock = lock;
        this.metrics = metrics;
    }

    /**
     * Tries to take the lock of the pair under a new token.
     *
     * @param previous the token of the same client's session that this one replaces
     */
    public CompletionStage<Attempt> acquire(Pair pair, @Nullable String previous) {
        Timer.Sample sample = Timer.start(metrics);
        return traced.apply(lock).acquire(resource(pair), previous).thenApply(attempt -> {
            sample.stop(metrics.timer(Metrics.LOCK_ACQUIRE, Metrics.OUTCOME, outcome(attempt)));
            if (attempt instanceof Attempt.Unavailable unavailable) {
                report(unavailable.reason());
            }
            return attempt;
        });
    }

    /** Returns whether the session of this token has the lock of the pair, so that {@link #acquire} would resume it. */
    public CompletionStage<Boolean> hasLock(Pair pair, String token) {
        return traced.apply(lock).hasLock(resource(pair), token);
    }

    /** Gives back a lease that no keeper has kept; a session that it has taken over goes on. */
    public void undo(Lease lease) {
        lock.undo(lease);
    }

    /** Records that the stream of a lease is over; its token may come back. */
    public void leave(Lease lease) {
        lock.leave(lease);
    }

    /** Ends the session of this token, and frees the lock of the pair once its stream is over. */
    public CompletionStage<Release> release(Pair pair, String token) {
        return traced.apply(lock).release(resource(pair), token);
    }

    /**
     * As {@link #release(Pair, String)}, for the instance that streams for the session.
     *
     * @param recorded called when the masters have recorded the end, or have not answered in time
     */
    public CompletionStage<Release> release(Pair pair, String token, Runnable recorded) {
        return traced.apply(lock).release(resource(pair), token, recorded);
    }

    /**
     * Reads which of the pairs are launched, and since when.
     *
     * @return a stage that fails with {@link QuorumUnavailableException} if no quorum of the masters answers
     */
    public CompletionStage<Map<Pair, Instant>> launched(Collection<Pair> pairs) {
        Map<Resource, Pair> asked = new HashMap<>();
        pairs.forEach(pair -> asked.put(resource(pair), pair));
        return traced.apply(lock)
                .launched(asked.keySet())
                .thenApply(launched -> launched.entrySet().stream()
                        .collect(Collectors.toMap(entry -> asked.get(entry.getKey()), Map.Entry::getValue)));
    }

    /** Starts a keeper, which refreshes the leases given to it. Each instance needs only one. */
    public LeaseKeeper keeper() {
        Timer refresh = Timer.builder(Metrics.LOCK_REFRESH)
                .description("Time to refresh a batch of leases on all Redis masters")
                .register(metrics);
        return new LeaseKeeper(lock, (leases, took) -> refresh.record(took));
    }

    private void report(String reason) {
        long now = System.nanoTime();
        long last = logged.get();
        if (now - last >= NOT_TOO_OFTEN.toNanos() && logged.compareAndSet(last, now)) {
            log.warn("Could not take a lock: {}", reason);
        }
    }

    private static String outcome(Attempt attempt) {
        if (attempt instanceof Attempt.Acquired) {
            return "acquired";
        }
        if (attempt instanceof Attempt.Ended) {
            return "ended";
        }
        return attempt instanceof Attempt.Held ? "held" : "unavailable";
    }

    private static Resource resource(Pair pair) {
        return new Resource(RedisKeys.lock(pair), RedisKeys.launched(pair));
    }
}

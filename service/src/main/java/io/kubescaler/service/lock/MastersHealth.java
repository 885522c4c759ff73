package io.kubescaler.service.lock;

import io.kubescaler.api.Metrics;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.Timing;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Up while a quorum of the Redis masters answers, unless they do not admit this instance's list of masters. It counts
 * them periodically, so reading the health costs nothing.
 */
final class MastersHealth implements HealthIndicator {

    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final RedLock lock;
    private final Timing timing;
    private final AtomicInteger up = new AtomicInteger();

    MastersHealth(RedLock lock, Timing timing, MeterRegistry metrics) {
        this.lock = lock;
        this.timing = timing;
        Gauge.builder(Metrics.LOCK_NODES, lock, RedLock::nodes)
                .description("Redis masters in this instance's settings")
                .register(metrics);
        Gauge.builder(Metrics.LOCK_NODES_UP, up, AtomicInteger::get)
                .description("Redis masters that answer")
                .register(metrics);
        count();
    }

    private void count() {
        lock.ping().thenAccept(up::set);
        timing.schedule(PERIOD, this::count);
    }

    @Override
    public Health health() {
        int now = up.get();
        String refusal = lock.refusal();
        Health.Builder health = Health.status(now >= lock.quorum() && refusal == null ? Status.UP : Status.DOWN)
                .withDetail("nodesUp", now)
                .withDetail("quorum", lock.quorum());
        return refusal == null
                ? health.build()
                : health.withDetail("takesNoLocks", refusal).build();
    }
}

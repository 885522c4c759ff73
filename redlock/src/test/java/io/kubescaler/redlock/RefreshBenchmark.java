package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The cost of keeping 10,000 sessions on three masters for one instance: in batches, and with one script call per
 * session. Not part of a build; {@code docs/reliability.md} has the command and the result.
 */
class RefreshBenchmark {

    private static final int SESSIONS = 10_000;
    private static final RedLockSettings SETTINGS = RedLockSettings.defaults().withNodeTimeout(Duration.ofSeconds(1));
    private static final Duration MEASURED = SETTINGS.refreshEvery().multipliedBy(3);

    private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final SystemTiming timing = new SystemTiming();

    /** Script calls to all masters, per second. */
    private final ConcurrentSkipListMap<Long, LongAdder> calls = new ConcurrentSkipListMap<>();

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void keepsTenThousandSessions() throws InterruptedException {
        try (RedisNodes redis = Backing.redis(3);
                RedissonNodes connected = RedissonNodes.connect(redis.uris())) {
            List<LockNode> nodes = connected.nodes().stream()
                    .<LockNode>map(node -> new ObservedLockNode(node, this::answered, timing))
                    .toList();
            RedLock lock = new RedLock(nodes, SETTINGS, timing);
            warmUp(nodes);
            AtomicInteger lost = new AtomicInteger();
            try (LeaseKeeper keeper = new LeaseKeeper(lock, (leases, took) -> {})) {
                measure("keeping none", redis);
                long start = System.nanoTime();
                List<Lease> leases = acquireAll(lock);
                leases.forEach(lease -> keeper.keep(lease, reason -> lost.incrementAndGet()));
                System.out.printf(
                        "%,d sessions started within %,d ms%n",
                        leases.size(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                pass(SETTINGS.refreshEvery());
                measure("keeping %,d in batches".formatted(SESSIONS), redis);

                assertThat(keeper.kept()).isEqualTo(SESSIONS);
                assertThat(lost).hasValue(0);
                leases.forEach(keeper::forget);
                oneByOne(nodes, leases, redis);
            }
        }
    }

    /** Many short intervals, so that the JIT compiler is done before measuring. */
    private void warmUp(List<LockNode> nodes) throws InterruptedException {
        RedLockSettings hurried = new RedLockSettings(
                SETTINGS.ttl(), Duration.ofSeconds(1), SETTINGS.nodeTimeout(), 3, SETTINGS.retryDelay(), 0.01);
        RedLock lock = new RedLock(nodes, hurried, timing);
        try (LeaseKeeper keeper = new LeaseKeeper(lock, (leases, took) -> {})) {
            acquireAll(lock).forEach(lease -> keeper.keep(lease, reason -> {}));
            pass(Duration.ofMinutes(1));
        }
    }

    private void answered(String node, String operation, Duration took, @Nullable Throwable failure) {
        calls.computeIfAbsent(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()), second -> new LongAdder())
                .increment();
    }

    /** Acquires a hundred at a time. Some may fail in a cold process on a busy machine, and are tried again. */
    private static List<Lease> acquireAll(RedLock lock) {
        List<Lease> leases = new ArrayList<>();
        while (leases.size() < SESSIONS) {
            List<CompletableFuture<Attempt>> attempts = new ArrayList<>();
            for (int i = 0; i < Math.min(100, SESSIONS - leases.size()); i++) {
                attempts.add(lock.acquire(Resources.next(), null).toCompletableFuture());
            }
            for (CompletableFuture<Attempt> attempt : attempts) {
                if (attempt.join() instanceof Attempt.Acquired acquired) {
                    leases.add(acquired.lease());
                }
            }
        }
        return leases;
    }

    /** Spread as evenly as the batches: a few every 10 ms. */
    private void oneByOne(List<LockNode> nodes, List<Lease> leases, RedisNodes redis) throws InterruptedException {
        Duration tick = Duration.ofMillis(10);
        int each = (int) (SESSIONS / SETTINGS.refreshEvery().dividedBy(tick));
        AtomicInteger next = new AtomicInteger();
        CountDownLatch stopped = new CountDownLatch(1);
        Runnable extend = new Runnable() {
            @Override
            public void run() {
                if (stopped.getCount() > 0) {
                    timing.schedule(tick, this);
                    for (int i = 0; i < each; i++) {
                        Lease lease = leases.get(next.getAndIncrement() % SESSIONS);
                        List<Claim> claim = List.of(new Claim(lease.resource(), lease.owner(), lease.since()));
                        nodes.forEach(node -> node.extend(claim, SETTINGS.ttl()));
                    }
                }
            }
        };
        extend.run();
        pass(SETTINGS.refreshEvery());
        measure("keeping %,d one by one".formatted(SESSIONS), redis);
        stopped.countDown();
    }

    private void measure(String what, RedisNodes redis) throws InterruptedException {
        calls.clear();
        double redisBefore = redisSeconds(redis);
        long before = process.getProcessCpuTime();
        long start = System.nanoTime();
        pass(MEASURED);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%-28s %5.2f %% of a core; each Redis %5.2f %%; %6.1f script calls per second, at most %d%n",
                what,
                (process.getProcessCpuTime() - before) / 1e7 / seconds,
                (redisSeconds(redis) - redisBefore)
                        * 100
                        / seconds
                        / redis.uris().size(),
                calls.values().stream().mapToLong(LongAdder::sum).sum() / seconds,
                calls.values().stream().mapToLong(LongAdder::sum).max().orElse(0));
    }

    private static double redisSeconds(RedisNodes redis) {
        return redis.uris().stream()
                .flatMap(uri -> RedisCommand.sendForLines(uri, "INFO cpu"))
                .filter(line -> line.startsWith("used_cpu_user:") || line.startsWith("used_cpu_sys:"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    private static void pass(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }
}

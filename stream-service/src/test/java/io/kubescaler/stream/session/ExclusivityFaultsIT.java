package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Many clients compete for few pairs over HTTP while Redis masters and instances are killed and stopped. */
class ExclusivityFaultsIT {

    private static final int ACQUISITIONS = Integer.getInteger("kubescaler.faults.acquisitions", 600);
    private static final @Nullable String EVIDENCE = System.getProperty("kubescaler.evidence");
    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration TTL = Duration.ofSeconds(4);

    private static Platform platform;
    private static List<Instance> instances;

    private Contest contest;

    @BeforeAll
    static void start() {
        platform = new Platform(5, RedisProcess.Durability.ALWAYS);
        instances = IntStream.rangeClosed(1, 3)
                .mapToObj(number -> platform.instance(
                        "contender-" + number,
                        "--kubescaler.redis.timeout=250ms",
                        "--kubescaler.base.timeout=2s",
                        "--kubescaler.lock.ttl=" + TTL.toMillis() + "ms",
                        "--kubescaler.lock.refresh-every=1s",
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.stream.socket-buffer=4KB",
                        "--kubescaler.stream.message-interval=10ms"))
                .toList();
    }

    @AfterAll
    static void stop() {
        instances.forEach(Instance::close);
        platform.close();
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void noTwoClientsEverStreamTheSamePair() throws Exception {
        Instant begin = Instant.now();
        contest = new Contest(platform, instances, new Contest.Manner(64, 192, 8), SEED);
        contest.run(() -> contest.sessions() >= ACQUISITIONS, List.of(this::breakRedis, this::breakInstances));

        for (Instance instance : instances) {
            await("streams of " + instance.url() + ", although " + contest.stalled() + " connections are open")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> instance.metric("kubescaler_stream_connections") == 0);
        }
        contest.closeStalled();
        Duration took = Duration.between(begin, Instant.now());
        contest.report(took);
        if (EVIDENCE != null) {
            Evidence.append(Path.of(EVIDENCE), contest.evidence(took));
        }
        assertThat(contest.overlaps()).isEmpty();
        assertThat(contest.wrongEpochs()).isEmpty();
        assertThat(contest.sessions()).isGreaterThanOrEqualTo(ACQUISITIONS);
        assertThat(contest.faults().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isPositive();
    }

    /** A control: the lock cannot hold if all masters return empty at once, and this test has to see that. */
    @Test
    @EnabledIfSystemProperty(named = "kubescaler.evidence", matches = ".+", disabledReason = "only beside a long round")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void findsOverlapsIfTheMastersForget() throws Exception {
        contest = new Contest(platform, instances, new Contest.Manner(64, 192, 200), SEED);
        contest.run(
                () -> contest.sessions() >= ACQUISITIONS || !contest.overlaps().isEmpty(),
                List.of(this::makeRedisForget, this::breakInstances));

        System.out.printf(
                "control: %d overlaps in %d sessions%n", contest.overlaps().size(), contest.sessions());
        assertThat(contest.overlaps()).isNotEmpty();
    }

    /** Mostly breaks a minority of the masters, sometimes a majority. */
    private void breakRedis(Random random) {
        while (!contest.isOver()) {
            int down = random.nextInt(8) == 0 ? 3 : 1 + random.nextInt(2);
            List<RedisProcess> victims = new ArrayList<>(platform.redis());
            Collections.shuffle(victims, random);
            List<RedisProcess> chosen = victims.subList(0, down);
            Duration time = Duration.ofMillis(200 + random.nextInt(2_500));
            switch (random.nextInt(5)) {
                case 0 ->
                    // Losing its data is harmless if it stays away until its keys have expired.
                    fault(
                            "Redis killed and restarted empty after a TTL",
                            TTL.plusMillis(200),
                            chosen.subList(0, 1),
                            RedisProcess::kill,
                            ExclusivityFaultsIT::startEmpty);
                case 1 ->
                    fault(
                            "Redis killed and restarted with its data",
                            time,
                            chosen,
                            RedisProcess::kill,
                            RedisProcess::start);
                case 2 -> fault("Redis stopped", time, chosen, RedisProcess::suspend, RedisProcess::resume);
                case 3 ->
                    fault(
                            "Redis paused for its clients",
                            time,
                            chosen,
                            node -> command(node, "CLIENT PAUSE " + time.toMillis() + " ALL"),
                            node -> {});
                default ->
                    fault(
                            "Redis busy with a long script",
                            time,
                            chosen,
                            node -> command(
                                    node,
                                    "EVAL \"local t = redis.call('TIME')[1] + 1;"
                                            + " while redis.call('TIME')[1] + 0 < t do end\" 0"),
                            node -> {});
            }
            Contest.pause(Duration.ofMillis(random.nextInt(1_000)));
        }
    }

    private void breakInstances(Random random) {
        while (!contest.isOver()) {
            Contest.pause(Duration.ofMillis(2_000 + random.nextInt(6_000)));
            List<Instance> chosen = List.of(contest.instance(random));
            if (random.nextBoolean()) {
                Duration time = TTL.plusMillis(random.nextInt(3_000));
                fault(
                        "instance stopped for longer than a lease",
                        time,
                        chosen,
                        each -> each.process().suspend(),
                        each -> each.process().resume());
            } else {
                fault(
                        "instance killed",
                        Duration.ZERO,
                        chosen,
                        each -> each.process().kill(),
                        each -> each.process().start());
            }
        }
    }

    private void makeRedisForget(Random random) {
        while (!contest.isOver()) {
            fault(
                    "all of Redis killed and restarted empty at once",
                    Duration.ZERO,
                    platform.redis(),
                    RedisProcess::kill,
                    ExclusivityFaultsIT::startEmpty);
            Contest.pause(Duration.ofMillis(500 + random.nextInt(1_000)));
        }
    }

    private static void startEmpty(RedisProcess node) {
        try {
            node.erase();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.start();
    }

    private <T> void fault(String name, Duration time, List<T> victims, Consumer<T> begin, Consumer<T> end) {
        contest.fault(name, time, victims, begin, end);
    }

    /** Sends a command without waiting for the answer. */
    private static void command(RedisProcess node, String command) {
        try {
            RedisCommand.begin(node.uri(), command).close();
        } catch (IOException e) {
            throw new IllegalStateException("A Redis master cannot be reached", e);
        }
    }
}

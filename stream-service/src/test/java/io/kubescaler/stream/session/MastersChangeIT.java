package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.session.Contest.pause;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The list of masters goes from three to five and back, one by one, while clients compete for few pairs and one master
 * after the other is away for a moment. Nothing runs beside it, because the other long tests must not lose a session.
 */
@Isolated
@Tag("long")
class MastersChangeIT {

    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration TTL = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SESSIONS_PER_STEP = 40;
    private static final String AWAY = "Redis stopped";

    private static Platform platform;

    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private Contest contest;
    private volatile int masters = 3;
    private int started;

    @BeforeAll
    static void start() {
        platform = new Platform(5, RedisProcess.Durability.NONE);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void noTwoClientsStreamTheSamePairWhileTheMastersGoFromThreeToFiveAndBack() throws Exception {
        Instant begin = Instant.now();
        contest = new Contest(platform, instances, Contest.Manner.DEFAULT.with(8, 24), SEED);
        instances.add(startOne());
        instances.add(startOne());
        assertThatTwoMoreAtOnceAreRefused();

        AtomicBoolean changed = new AtomicBoolean();
        try {
            contest.run(changed::get, this::stopMasters, random -> {
                for (int next : new int[] {4, 5, 4, 3}) {
                    masters = next;
                    replaceAll();
                    int before = contest.sessions();
                    await(next + " masters")
                            .atMost(PATIENCE)
                            .until(() -> contest.sessions() >= before + SESSIONS_PER_STEP);
                }
                changed.set(true);
            });
            contest.awaitNothingLeft();
        } finally {
            instances.forEach(Instance::close);
        }

        contest.report(Duration.between(begin, Instant.now()));
        assertThat(contest.overlaps()).isEmpty();
        assertThat(contest.violations()).isEmpty();
        assertThat(contest.faults()).containsKey(AWAY);
    }

    private void assertThatTwoMoreAtOnceAreRefused() {
        Instance jump = create("jump", 5);
        CompletableFuture<Void> ready =
                CompletableFuture.runAsync(() -> jump.service().start());
        try (jump) {
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> send("GET", jump.management().resolve("/actuator/health"))
                            .body()
                            .contains("two lists may differ by one master only"));
            assertThat(send("GET", jump.url().resolve(contest.anyPath())).statusCode())
                    .isEqualTo(503);
            assertThat(ready).isNotDone();
        }
    }

    /** A rolling update: one instance after the other. */
    private void replaceAll() {
        for (Instance old : List.copyOf(instances)) {
            instances.remove(old);
            old.close();
            instances.add(startOne());
        }
    }

    private Instance startOne() {
        Instance instance = create("changing-" + ++started, masters);
        instance.service().start();
        return instance;
    }

    private static Instance create(String name, int masters) {
        return platform.create(
                name,
                platform.redis().subList(0, masters),
                List.of(),
                "--kubescaler.redis.timeout=250ms",
                "--kubescaler.lock.ttl=" + TTL.toMillis() + "ms",
                "--kubescaler.lock.refresh-every=700ms",
                "--kubescaler.stream.message-size=100B",
                "--kubescaler.stream.message-interval=10ms");
    }

    private void stopMasters(Random random) {
        while (!contest.isOver()) {
            contest.fault(
                    AWAY,
                    Duration.ofMillis(100 + random.nextInt(400)),
                    List.of(platform.redis().get(random.nextInt(masters))),
                    RedisProcess::suspend,
                    RedisProcess::resume);
            pause(Duration.ofMillis(500 + random.nextInt(1_000)));
        }
    }
}

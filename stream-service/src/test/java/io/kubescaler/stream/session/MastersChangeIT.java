package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.session.ExclusivityFaultsIT.HTTP;
import static io.kubescaler.stream.session.ExclusivityFaultsIT.LIMITS;
import static io.kubescaler.stream.session.ExclusivityFaultsIT.READ_TIMEOUT;
import static io.kubescaler.stream.session.ExclusivityFaultsIT.pause;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.StreamException;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.session.ExclusivityFaultsIT.Observation;
import io.kubescaler.stream.session.ExclusivityFaultsIT.Pair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The list of masters goes from three to five and back, one by one, while clients compete for few pairs and one master
 * after the other is away for a moment. The observations are those of {@link ExclusivityFaultsIT}. Nothing runs beside
 * it, because the other long tests must not lose a session.
 */
@Isolated
@Tag("long")
class MastersChangeIT {

    private static final long SEED = Long.getLong("kubescaler.seed", System.nanoTime());
    private static final Duration TTL = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int PAIRS = 8;
    private static final int CLIENTS = 24;
    private static final int SESSIONS_PER_STEP = 40;

    private static Platform platform;

    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private final List<Pair> pairs = new ArrayList<>();
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger away = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile int masters = 3;
    private int started;

    @BeforeAll
    static void start() throws IOException {
        platform = new Platform(5, RedisProcess.Durability.NONE);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void noTwoClientsStreamTheSamePairWhileTheMastersGoFromThreeToFiveAndBack() throws Exception {
        System.out.printf("seed %d%n", SEED);
        UUID user = platform.newUser();
        for (int i = 0; i < PAIRS; i++) {
            pairs.add(new Pair("/stream/" + user + "/" + platform.newProfile(user)));
        }
        instances.add(startOne());
        instances.add(startOne());
        assertThatTwoMoreAtOnceAreRefused();

        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 1);
        List<Future<?>> work = new ArrayList<>();
        try {
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(SEED + client);
                work.add(threads.submit(() -> compete(random)));
            }
            work.add(threads.submit(() -> stopMasters(new Random(SEED - 1))));
            for (int next : new int[] {4, 5, 4, 3}) {
                masters = next;
                replaceAll();
                int before = sessions.get();
                await(next + " masters")
                        .atMost(PATIENCE)
                        .until(() -> sessions.get() >= before + SESSIONS_PER_STEP
                                || work.stream().anyMatch(Future::isDone));
            }
        } finally {
            over.set(true);
            threads.shutdown();
            for (Future<?> each : work) {
                each.get();
            }
            instances.forEach(Instance::close);
        }

        List<String> overlaps = pairs.stream()
                .flatMap(pair -> ExclusivityFaultsIT.overlaps(pair).stream())
                .toList();
        System.out.printf(
                "%d sessions while the masters went from 3 to 5 and back; a master was away %d times; overlaps: %d%n",
                sessions.get(), away.get(), overlaps.size());
        assertThat(overlaps).isEmpty();
        assertThat(away).hasPositiveValue();
    }

    private void assertThatTwoMoreAtOnceAreRefused() {
        Instance jump = create("jump", 5);
        CompletableFuture<Void> ready =
                CompletableFuture.runAsync(() -> jump.service().start());
        try (jump) {
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> send("GET", jump.management().resolve("/actuator/health/readiness"))
                            .body()
                            .contains("two lists may differ by one master only"));
            assertThat(send("GET", jump.url().resolve(pairs.get(0).path)).statusCode())
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

    private void compete(Random random) {
        while (!over.get()) {
            stream(random, pairs.get(random.nextInt(PAIRS)));
            pause(Duration.ofMillis(50 + random.nextInt(200)));
        }
    }

    /** Streams a few messages; then the session ends or its client vanishes. */
    private void stream(Random random, Pair pair) {
        Instance instance = instances.get(random.nextInt(instances.size()));
        String token = null;
        Instant told = Instant.MAX;
        Instant lastMessage = Instant.MIN;
        try (EventStream stream = EventStream.open(HTTP, instance.url().resolve(pair.path), null, LIMITS)) {
            token = stream.next(READ_TIMEOUT).map(Event::id).orElseThrow();
            told = Instant.now();
            sessions.incrementAndGet();
            for (int messages = 1 + random.nextInt(8); messages > 0; messages--) {
                lastMessage = ExclusivityFaultsIT.made(stream.next(READ_TIMEOUT).orElseThrow());
            }
            if (random.nextInt(8) > 0) {
                send("DELETE", instance.url().resolve(pair.path), "Last-Event-ID", token);
            }
        } catch (StreamException | NoSuchElementException | UncheckedIOException e) {
            // Held, or a master or an instance is away; the next try is another one.
        } finally {
            if (token != null) {
                pair.observations.add(new Observation(told, lastMessage));
            }
        }
    }

    private void stopMasters(Random random) {
        while (!over.get()) {
            RedisProcess victim = platform.redis().get(random.nextInt(masters));
            victim.suspend();
            away.incrementAndGet();
            pause(Duration.ofMillis(100 + random.nextInt(400)));
            victim.resume();
            pause(Duration.ofMillis(500 + random.nextInt(1_000)));
        }
    }
}

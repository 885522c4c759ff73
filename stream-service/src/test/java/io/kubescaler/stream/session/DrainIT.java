package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.json;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.EventStream;
import io.kubescaler.stream.Crowd;
import io.kubescaler.stream.Crowd.Client;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The streams of an instance that gets SIGTERM. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class DrainIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Java's exit code after SIGTERM. After SIGKILL, if the instance did not stop, it would be 137. */
    private static final int ENDED_BY_ITSELF = 143;

    private static Platform platform;

    @BeforeAll
    static void start(Platform shared) {
        platform = shared;
    }

    @Test
    void aRollingRestartLosesNoSessionAndLetsNoStrangerIn() {
        rollingRestart(40);
    }

    @Test
    @Tag("long")
    void aRollingRestartUnderManyClientsLosesNoSessionAndLetsNoStrangerIn() {
        rollingRestart(500);
    }

    /** The ttl is longer than a busy machine needs to serve a client again. */
    private static void rollingRestart(int count) {
        String[] settings = {
            "--kubescaler.stream.message-size=100B",
            "--kubescaler.stream.message-interval=1s",
            "--kubescaler.lock.ttl=30s",
            "--kubescaler.lock.refresh-every=5s",
            "--kubescaler.stream.drain.pause=1s",
            "--kubescaler.stream.drain.window=" + (count > 100 ? "12s" : "3s")
        };
        UUID user = platform.newUser();
        try (Instance first = platform.instance("rolling-1", settings);
                Instance second = platform.instance("rolling-2", settings);
                Crowd crowd = new Crowd()) {
            List<Client> clients = new ArrayList<>();
            List<Client> strangers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                UUID profile = platform.newProfile(user);
                Client client = i % 2 == 0
                        ? crowd.client(first.stream(user, profile), second.stream(user, profile))
                        : crowd.client(second.stream(user, profile), first.stream(user, profile));
                clients.add(client.connect());
                if (i % 20 == 0) {
                    strangers.add(crowd.stranger(first.stream(user, profile), second.stream(user, profile)));
                }
            }
            await().atMost(PATIENCE).until(() -> clients.stream().allMatch(Client::isStreaming));
            strangers.forEach(Client::connect);

            for (Instance instance : List.of(first, second)) {
                CompletableFuture<Integer> exitCode = instance.process().onExit();
                instance.process().close();
                assertThat(exitCode.join()).isEqualTo(ENDED_BY_ITSELF);
                instance.process().start();
                await().atMost(PATIENCE).until(() -> clients.stream().allMatch(Client::isStreaming));
            }

            assertThat(clients).allSatisfy(client -> {
                assertThat(client.ends()).isNotEmpty().allMatch(end -> end.contains("\"drain\""));
                assertThat(client.since()).hasSizeGreaterThan(1);
                assertThat(new HashSet<>(client.since()))
                        .as("the same session all the time")
                        .hasSize(1);
                assertThat(client.refusals()).doesNotContain(409);
            });
            assertThat(strangers).allSatisfy(stranger -> {
                assertThat(stranger.since()).isEmpty();
                assertThat(stranger.refusals()).contains(409);
            });
        }
    }

    /** If the instance stopped refreshing its locks, its last streams would end as lost. */
    @Test
    void refreshesEachLockUntilItsStreamHasEnded() {
        Duration ttl = Duration.ofSeconds(8);
        UUID user = platform.newUser();
        try (Instance instance = platform.instance(
                        "refreshing",
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.lock.ttl=" + ttl.toSeconds() + "s",
                        "--kubescaler.lock.refresh-every=1s",
                        "--kubescaler.stream.drain.window=18s");
                Crowd crowd = new Crowd()) {
            List<Client> clients = Stream.generate(() -> instance.stream(user, platform.newProfile(user)))
                    .limit(180)
                    .map(stream -> crowd.client(stream).connect())
                    .toList();
            await().atMost(PATIENCE).until(() -> clients.stream().allMatch(Client::isStreaming));

            long told = System.nanoTime();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(instance.process()::close);
            await().atMost(PATIENCE).until(() -> System.nanoTime() - told > ttl.toNanos());
            assertThat(clients.stream().filter(Client::isStreaming))
                    .as("streams whose locks would have expired")
                    .isNotEmpty();

            await().atMost(PATIENCE).until(stopped::isDone);
            assertThat(clients)
                    .allSatisfy(client ->
                            assertThat(client.ends()).singleElement(STRING).contains("\"drain\""));
        }
    }

    @Test
    void servesAsBeforeUntilLoadBalancersHaveNoticedAndThenRefuses() {
        UUID user = platform.newUser();
        try (Instance instance = platform.instance(
                        "pausing",
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.stream.drain.pause=8s",
                        "--kubescaler.stream.drain.window=6s");
                Crowd crowd = new Crowd()) {
            List<Client> clients = Stream.generate(() -> instance.stream(user, platform.newProfile(user)))
                    .limit(60)
                    .map(stream -> crowd.client(stream).connect())
                    .toList();
            await().atMost(PATIENCE).until(() -> clients.stream().allMatch(Client::isStreaming));
            URI readiness = instance.management().resolve("/actuator/health/readiness");
            URI taken = instance.stream(user, platform.newProfile(user));

            CompletableFuture<Void> stopped = CompletableFuture.runAsync(instance.process()::close);
            await().atMost(PATIENCE).until(() -> send("GET", readiness).statusCode() == 503);

            try (EventStream stream = open(taken)) {
                next(stream, "message");
                await().atMost(PATIENCE).until(() -> send("GET", taken).statusCode() == 503);
                HttpResponse<String> refused = send("GET", taken);
                assertThat(refused.body()).contains("draining");
                assertThat(refused.headers().firstValue("Retry-After"))
                        .hasValueSatisfying(value -> assertThat(value).matches("\\d+"));
                assertThat(json(next(stream, "end")).get("reason").asString()).isEqualTo("drain");
            }
            await().atMost(PATIENCE).until(stopped::isDone);
            assertThat(clients).allMatch(client -> client.ends().size() == 1);
        }
    }

    @Test
    void endsInTimeWithAClientThatReadsNothing() {
        UUID user = platform.newUser();
        try (Instance instance = platform.instance("held-up");
                Crowd crowd = new Crowd()) {
            Client client = crowd.client(instance.stream(user, platform.newProfile(user)))
                    .stalling()
                    .connect();
            await().atMost(PATIENCE).until(client::isStreaming);
            await().atMost(PATIENCE).until(() -> instance.metric("kubescaler_stream_messages_dropped_total") > 10);

            CompletableFuture<Integer> exitCode = instance.process().onExit();
            instance.process().close();

            assertThat(exitCode.join()).isEqualTo(ENDED_BY_ITSELF);
        }
    }
}

package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.Services.Service;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** The service with its own base and Redis masters, because this test stops them. */
@DirtiesContext
@TestPropertySource(properties = {"kubescaler.base.timeout=2s", "kubescaler.redis.timeout=1s"})
class FaultsIT extends LiveMainService {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private static Path directory;

    private static Service ownBase;
    private static List<RedisProcess> redis;

    @DynamicPropertySource
    static void ownSurroundings(DynamicPropertyRegistry registry) {
        ownBase = startBase("base-with-faults");
        redis = RedisProcess.masters(3, directory, RedisProcess.Durability.NONE);
        redis.forEach(RedisProcess::start);
        registry.add("kubescaler.base.url", () -> ownBase.url());
        registry.add(
                "kubescaler.redis.nodes",
                () -> redis.stream().map(one -> one.uri().toString()).collect(Collectors.joining(",")));
    }

    @AfterAll
    static void stop() {
        ownBase.process().close();
        redis.forEach(RedisProcess::close);
    }

    @Override
    URI baseUrl() {
        return ownBase.url();
    }

    @Test
    void asksToComeBackWhileBaseIsGoneAndServesAgainWhenItIsBack() {
        UUID user = newUser();
        awaitHealth("/readiness", HttpStatus.OK);

        ownBase.process().kill();
        try {
            everyCallToBaseAsksToComeBack(user);
            staysReadyAndSaysWhatIsAway("base");
        } finally {
            ownBase.process().start();
        }

        servesAgain(user);
    }

    @Test
    void asksToComeBackWhileBaseHangsAndServesAgainWhenItGoesOn() {
        UUID user = newUser();
        awaitHealth("/readiness", HttpStatus.OK);

        ownBase.process().suspend();
        try {
            everyCallToBaseAsksToComeBack(user);
            staysReadyAndSaysWhatIsAway("base");
        } finally {
            ownBase.process().resume();
        }

        servesAgain(user);
    }

    @Test
    void saysHowMuchTestDataWasMadeWhenBaseFailsHalfwayAndDropsAllOfItLater() {
        client.delete().uri("/main/testdata").exchange().expectStatus().isOk();
        CompletableFuture<String> answer = CompletableFuture.supplyAsync(() ->
                asksToComeBack(client.post().uri("/main/testdata").body(Map.of("users", 10_000, "profiles", 10_000))));
        await().atMost(PATIENCE).until(() -> countTestData().users() > 0);

        ownBase.process().kill();
        try {
            assertThat(answer.join())
                    .containsPattern("[1-9]\\d* of 10000 users and \\d+ of 10000 profiles")
                    .contains("DELETE /main/testdata");
        } finally {
            ownBase.process().start();
        }

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(countTestData().users()).isPositive());
        await().atMost(PATIENCE)
                .untilAsserted(() -> client.delete()
                        .uri("/main/testdata")
                        .exchange()
                        .expectStatus()
                        .isOk());
        assertThat(countTestData().users()).isZero();
    }

    @Test
    void asksToComeBackWhileNoQuorumOfRedisAnswersAndServesAgainWhenOneDoes() {
        UUID user = newUser();
        newProfile(user);
        awaitHealth("/readiness", HttpStatus.OK);

        redis.get(0).kill();
        try {
            assertThat(login(user)).isEmpty();
            redis.get(1).suspend();
            try {
                assertThat(asksToComeBack(client.get().uri("/main/login/{user}", user)))
                        .isEqualTo("The launched profiles cannot be read now: no quorum of the Redis masters answers.");
                staysReadyAndSaysWhatIsAway("redis");
                client.get().uri("/main/users").exchange().expectStatus().isOk();
            } finally {
                redis.get(1).resume();
            }
        } finally {
            redis.get(0).start();
        }

        servesAgain(user);
    }

    private void servesAgain(UUID user) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(login(user)).isEmpty());
        awaitHealth("/readiness", HttpStatus.OK);
    }

    private void staysReadyAndSaysWhatIsAway(String dependency) {
        awaitHealth("/" + dependency, HttpStatus.SERVICE_UNAVAILABLE);
        awaitHealth("/readiness", HttpStatus.OK);
        awaitHealth("/liveness", HttpStatus.OK);
    }

    private void everyCallToBaseAsksToComeBack(UUID user) {
        Stream.of("/main/users", "/main/profiles", "/main/suggested", "/main/login/" + user, "/main/testdata")
                // What was read in the last seconds is still returned.
                .map(address -> CompletableFuture.runAsync(
                        () -> await().atMost(PATIENCE)
                                .untilAsserted(() -> asksToComeBack(client.get().uri(address))),
                        runnable -> new Thread(runnable).start()))
                .toList()
                .forEach(CompletableFuture::join);
        assertThat(asksToComeBack(client.post().uri("/main/testdata").body(Map.of())))
                .contains("0 of 20 users and 0 of 10 profiles");
        assertThat(asksToComeBack(client.delete().uri("/main/testdata"))).contains("0 users and 0 profiles");
    }

    private void awaitHealth(String path, HttpStatus status) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> management
                        .get()
                        .uri("/actuator/health" + path)
                        .exchange()
                        .expectStatus()
                        .isEqualTo(status));
    }
}

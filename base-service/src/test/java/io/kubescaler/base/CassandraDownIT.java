package io.kubescaler.base;

import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.Services;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;

/** The service with its own Cassandra, because this test stops it. */
@DirtiesContext
@EnabledIf(
        value = "io.kubescaler.processes.EmbeddedCassandra#isPossible",
        disabledReason = "There is no JDK 17 or 21 for a Cassandra that this test could stop.")
@TestPropertySource(properties = "spring.cassandra.request.timeout=5s")
class CassandraDownIT extends LiveBaseService {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private static Path directory;

    private static EmbeddedCassandra cassandra;

    @DynamicPropertySource
    static void ownCassandra(DynamicPropertyRegistry registry) {
        cassandra = new EmbeddedCassandra(
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory,
                directory.resolve("cassandra.log"),
                FreePorts.next(),
                FreePorts.next());
        cassandra.start();
        registry.add(
                "spring.cassandra.contact-points", () -> cassandra.address().contactPoint());
    }

    @AfterAll
    static void stop() {
        cassandra.close();
    }

    @Test
    void asksToComeBackWhileCassandraHangsAndServesAgainWhenItGoesOn() {
        UUID user = newUser();
        String profile = "/profiles/" + newProfile(user);
        awaitHealth("readiness", HttpStatus.OK);

        cassandra.suspend();
        try {
            everyCallAsksToComeBack(profile, user);
            awaitHealth("readiness", HttpStatus.SERVICE_UNAVAILABLE);
            awaitHealth("liveness", HttpStatus.OK);
        } finally {
            cassandra.resume();
        }

        awaitBound(profile, user);
        awaitHealth("readiness", HttpStatus.OK);
    }

    @Test
    void asksToComeBackWhileCassandraIsGoneAndServesAgainWhenItIsBack() {
        UUID user = newUser();
        String profile = "/profiles/" + newProfile(user);

        cassandra.close();
        try {
            everyCallAsksToComeBack(profile, user);
            awaitHealth("readiness", HttpStatus.SERVICE_UNAVAILABLE);
            awaitHealth("liveness", HttpStatus.OK);
        } finally {
            cassandra.start();
        }

        awaitBound(profile, user);
        awaitHealth("readiness", HttpStatus.OK);
    }

    /** In parallel, because each call waits for Cassandra until it times out. */
    private void everyCallAsksToComeBack(String profile, UUID user) {
        Stream.of(
                        client.post().uri("/users"),
                        client.get().uri("/users"),
                        client.get().uri("/users/{id}", user),
                        client.get().uri("/users/{id}/profiles", user),
                        client.put().uri(profile).bodyValue(Map.of("users", List.of(user))),
                        client.get().uri(profile),
                        client.get().uri(profile + "/users/" + user),
                        client.put().uri(profile + "/users/" + user),
                        client.post()
                                .uri("/bindings/unbound")
                                .bodyValue(
                                        Map.of("pairs", List.of(Map.of("user", user, "profile", UUID.randomUUID())))),
                        // Random ids, because a suspended Cassandra executes these calls when it resumes.
                        client.delete().uri("/users/{id}", UUID.randomUUID()),
                        client.delete().uri("/profiles/{id}", UUID.randomUUID()))
                .map(call -> CompletableFuture.runAsync(
                        () -> asksToComeBack(call), runnable -> new Thread(runnable).start()))
                .toList()
                .forEach(CompletableFuture::join);
    }

    private static void asksToComeBack(WebTestClient.RequestHeadersSpec<?> request) {
        WebTestClient.ResponseSpec answer = request.exchange();
        answer.expectHeader().valueMatches("Retry-After", "[1-9]\\d*");
        problem(answer, HttpStatus.SERVICE_UNAVAILABLE);
    }

    private void awaitBound(String profile, UUID user) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> client.get()
                        .uri(profile + "/users/" + user)
                        .exchange()
                        .expectStatus()
                        .isNoContent());
    }

    private void awaitHealth(String group, HttpStatus status) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> management
                        .get()
                        .uri("/actuator/health/" + group)
                        .exchange()
                        .expectStatus()
                        .isEqualTo(status));
    }
}

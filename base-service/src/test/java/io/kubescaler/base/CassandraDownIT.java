package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.kubescaler.backing.Authority;
import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.Services;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
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

/**
 * The service with its own Cassandra, because this test stops it. As in production, this Cassandra requires passwords,
 * and the service is its role {@code base}; they speak TLS.
 */
@DirtiesContext
@EnabledIf(
        value = "io.kubescaler.processes.EmbeddedCassandra#isPossible",
        disabledReason = "There is no JDK 17 or 21 for a Cassandra that this test could stop.")
@TestPropertySource(properties = "spring.cassandra.request.timeout=5s")
class CassandraDownIT extends LiveBaseService {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private static Path directory;

    private static final String PASSWORD = UUID.randomUUID().toString();

    private static EmbeddedCassandra cassandra;

    @DynamicPropertySource
    static void ownCassandra(DynamicPropertyRegistry registry) throws Exception {
        Authority authority = Authority.make(directory, "ip:127.0.0.1,dns:localhost");
        cassandra = new EmbeddedCassandra(
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory,
                directory.resolve("cassandra.log"),
                FreePorts.next(),
                FreePorts.next());
        cassandra.configure("""
                authenticator: PasswordAuthenticator
                authorizer: CassandraAuthorizer
                client_encryption_options:
                  enabled: true
                  # The check whether it is ready, and the test itself, speak plainly.
                  optional: true
                  keystore: %s
                  keystore_password: %s
                  store_type: PKCS12
                """.formatted(authority.store(), authority.password()));
        cassandra.start();
        List<String> roles = roles();
        asSuperuser(session -> roles.forEach(session::execute));
        registry.add(
                "spring.cassandra.contact-points", () -> cassandra.address().contactPoint());
        registry.add("spring.cassandra.keyspace-name", () -> "kubescaler");
        registry.add("spring.cassandra.username", () -> "base");
        registry.add("spring.cassandra.password", () -> PASSWORD);
        registry.add("spring.cassandra.ssl.bundle", () -> "test");
        registry.add("spring.ssl.bundle.pem.test.truststore.certificate", () -> "file:" + authority.certificate());
    }

    /** Those of docker/cassandra/start, without the superuser's password. */
    private static List<String> roles() throws IOException {
        return Files.readAllLines(Services.projectRoot().resolve("docker/cassandra/start")).stream()
                .filter(line -> line.matches("(CREATE|ALTER|GRANT) .*;") && !line.contains("cassandra"))
                .map(line -> line.replace("$(</run/secrets/base)", PASSWORD)
                        .replace("$replication", "{'class': 'NetworkTopologyStrategy', 'replication_factor': 1}"))
                .toList();
    }

    private static void asSuperuser(Consumer<CqlSession> action) {
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            try (CqlSession session = CqlSession.builder()
                    .addContactPoint(new InetSocketAddress(
                            cassandra.address().host(), cassandra.address().port()))
                    .withLocalDatacenter(cassandra.address().localDatacenter())
                    .withAuthCredentials("cassandra", "cassandra")
                    .build()) {
                action.accept(session);
            }
        });
    }

    @Test
    void isTheRoleBaseAndSpeaksTls() {
        newUser();

        asSuperuser(session -> assertThat(
                        session.execute("SELECT username, ssl_enabled FROM system_views.clients").all().stream()
                                .filter(client -> "base".equals(client.getString("username"))))
                .isNotEmpty()
                .allMatch(client -> client.getBoolean("ssl_enabled")));
    }

    @AfterAll
    static void stop() {
        cassandra.close();
    }

    @Test
    void asksToComeBackWhileCassandraHangsAndServesAgainWhenItGoesOn() {
        UUID user = newUser();
        String profile = "/profiles/" + newProfile(user);
        awaitHealth("/readiness", HttpStatus.OK);

        cassandra.suspend();
        try {
            everyCallAsksToComeBack(profile, user);
            staysReadyAndSaysWhatIsAway();
        } finally {
            cassandra.resume();
        }

        awaitBound(profile, user);
        awaitHealth("/readiness", HttpStatus.OK);
    }

    @Test
    void asksToComeBackWhileCassandraIsGoneAndServesAgainWhenItIsBack() {
        UUID user = newUser();
        String profile = "/profiles/" + newProfile(user);
        awaitHealth("/readiness", HttpStatus.OK);

        cassandra.close();
        try {
            everyCallAsksToComeBack(profile, user);
            staysReadyAndSaysWhatIsAway();
        } finally {
            cassandra.start();
        }

        awaitBound(profile, user);
        awaitHealth("/readiness", HttpStatus.OK);
    }

    private void staysReadyAndSaysWhatIsAway() {
        awaitHealth("/cassandra", HttpStatus.SERVICE_UNAVAILABLE);
        awaitHealth("/readiness", HttpStatus.OK);
        awaitHealth("/liveness", HttpStatus.OK);
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

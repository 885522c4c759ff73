package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.Issuer;
import io.kubescaler.backing.TraceReceiver;
import io.kubescaler.backing.TraceReceiver.ReceivedSpan;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.RedisProcess.Durability;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Traces from a client over stream and base to Cassandra and the Redis masters. */
class TracesIT {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Issuer ISSUER = Issuer.rs256("first");
    private static final String STREAM = "stream";
    private static final String BASE = "base";
    private static final String CALLER = "00f067aa0ba902b7";

    private static TraceReceiver receiver;
    private static Platform platform;
    private static Instance instance;

    private final String trace =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())
                    + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private URI stream;
    private UUID user;
    private String session = "";

    /** Not on the platform of other tests: its base has no traces. */
    @BeforeAll
    static void start() throws IOException {
        receiver = new TraceReceiver();
        platform = new Platform(
                RedisProcess.masters(3, Path.of("target", "redis-of-traces"), Durability.NONE), receiver.settings());
        instance = platform.publishing("traced", with(ISSUER.settings(), receiver.settings()));
    }

    @AfterAll
    static void stop() {
        instance.close();
        platform.close();
        receiver.close();
    }

    @BeforeEach
    void bindANewUserToANewProfile() {
        user = platform.newUser();
        stream = instance.stream(user, platform.newProfile(user));
    }

    @Test
    void leadFromAStreamToBaseAndCassandraAndToEachRedisMasterWhileItGoesOn() throws IOException, InterruptedException {
        try (BufferedReader lines = open()) {
            session = lines.lines()
                    .filter(line -> line.startsWith("id: "))
                    .findFirst()
                    .orElseThrow()
                    .substring("id: ".length());
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(receiver.spans(trace))
                            .extracting(ReceivedSpan::name)
                            .contains("http get /stream/{userId}/{profileId}")
                            .filteredOn("redis acquire"::equals)
                            .hasSize(3));

            ReceivedSpan request = one(STREAM, "http get /stream/{userId}/{profileId}");
            assertThat(request.parent()).isEqualTo(CALLER);
            assertThat(request.attributes()).containsEntry("status", "200");
            ReceivedSpan call = one(STREAM, "http get");
            assertThat(call.parent()).isEqualTo(request.id());
            await().atMost(PATIENCE).untilAsserted(() -> one(BASE, "http get /profiles/{id}/users/{userId}"));
            ReceivedSpan called = one(BASE, "http get /profiles/{id}/users/{userId}");
            assertThat(called.parent()).isEqualTo(call.id());
            assertThat(of(BASE))
                    .filteredOn(span -> span.attributes().containsKey("db.system"))
                    .isNotEmpty()
                    .allSatisfy(statement -> assertThat(statement.parent()).isEqualTo(called.id()));
            assertThat(of(STREAM))
                    .filteredOn(span -> span.name().equals("redis acquire"))
                    .allSatisfy(acquire -> assertThat(acquire.parent()).isEqualTo(request.id()))
                    .extracting(span -> span.attributes().get("server.address"))
                    .containsExactlyInAnyOrderElementsOf(Platform.addresses(platform.redis()).stream()
                            .map(URI::getAuthority)
                            .toList());
        }
        assertThat(receiver.spans().toString()).doesNotContain(session).doesNotContain("Bearer");
    }

    @Test
    void haveTheirIdsInAllProblems() throws IOException, InterruptedException {
        String own = "Bearer " + ISSUER.token(user, "stream");
        String admin = "Bearer " + ISSUER.token("operator", "admin");
        try (BufferedReader lines = open()) {
            assertThat(lines.readLine()).isNotNull();
            assertThat(traceOf(409, "GET", stream, "Authorization", own)).isEqualTo(trace);
        }
        assertThat(traceOf(401, "GET", stream)).isEqualTo(trace);
        assertThat(traceOf(401, "GET", stream, "Authorization", own + "x")).isEqualTo(trace);
        assertThat(traceOf(403, "GET", instance.stream(UUID.randomUUID(), user), "Authorization", own))
                .isEqualTo(trace);
        assertThat(traceOf(404, "GET", instance.stream(UUID.randomUUID(), user), "Authorization", admin))
                .isEqualTo(trace);
        assertThat(traceOf(404, "GET", instance.url().resolve("/nothing"), "Authorization", admin))
                .isEqualTo(trace);
        assertThat(traceOf(406, "GET", stream, "Accept", "nothing")).isEqualTo(trace);
        assertThat(traceOf(
                        400,
                        "POST",
                        instance.management().resolve("/profiles/" + user + "/messages"),
                        "Authorization",
                        admin))
                .isEqualTo(trace);
    }

    @Test
    void areOffByDefault() {
        try (Instance untraced = platform.instance("untraced", receiver.settingsWithoutSwitch())) {
            URI unknown = untraced.stream(UUID.randomUUID(), UUID.randomUUID());

            assertThat(problem(send("GET", unknown, "traceparent", traceparent()), 404)
                            .has("traceId"))
                    .isFalse();
        }
        // At the latest when it stopped, it would have sent what it had.
        assertThat(receiver.spans(trace)).isEmpty();
    }

    @Test
    void areNotMadeOfProbes() {
        send("GET", instance.management().resolve("/actuator/health/liveness"), "traceparent", traceparent());
        assertThat(traceOf(401, "GET", stream)).isEqualTo(trace);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(receiver.spans(trace)).isNotEmpty());

        assertThat(receiver.spans(trace)).extracting(ReceivedSpan::name).noneMatch(name -> name.contains("actuator"));
    }

    private String traceparent() {
        return "00-" + trace + "-" + CALLER + "-01";
    }

    private BufferedReader open() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(stream)
                .header("Authorization", "Bearer " + ISSUER.token(user, "stream"))
                .header("traceparent", traceparent())
                .build();
        HttpResponse<InputStream> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    private String traceOf(int status, String method, URI uri, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("traceparent", traceparent()));
        return problem(send(method, uri, all.toArray(String[]::new)), status)
                .path("traceId")
                .asString();
    }

    private List<ReceivedSpan> of(String service) {
        return receiver.spans(trace).stream()
                .filter(span -> span.service().equals(service))
                .toList();
    }

    private ReceivedSpan one(String service, String name) {
        List<ReceivedSpan> named =
                of(service).stream().filter(span -> span.name().equals(name)).toList();
        assertThat(named).as(name + " of " + receiver.spans(trace)).hasSize(1);
        return named.get(0);
    }

    private static String[] with(Map<String, String> settings, String... more) {
        return Stream.concat(
                        settings.entrySet().stream().map(setting -> "--" + setting.getKey() + "=" + setting.getValue()),
                        Stream.of(more))
                .toArray(String[]::new);
    }
}

package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.kubescaler.api.ProblemType;
import io.kubescaler.backing.CallRights;
import io.kubescaler.backing.Issuer;
import io.kubescaler.backing.RawHttp;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams with access tokens. */
@ExtendWith(SharedPlatform.class)
class AccessIT {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Issuer ISSUER = Issuer.rs256("first");
    /** While keys rotate. */
    private static final int STREAMS = 200;

    private static Platform platform;
    private static Instance instance;

    private UUID user;
    private UUID profile;
    private URI stream;

    @BeforeAll
    static void start(Platform shared) throws IOException {
        platform = shared;
        instance = platform.publishing("access", options(ISSUER.settings(), "--kubescaler.access-token.clock-skew=1s"));
    }

    @AfterAll
    static void stop() {
        instance.close();
    }

    @BeforeEach
    void bindANewUserToANewProfile() {
        user = platform.newUser();
        profile = platform.newProfile(user);
        stream = instance.stream(user, profile);
    }

    @ParameterizedTest
    @MethodSource("bad")
    void rejectsBadTokensInWords(String token) {
        for (String method : List.of("GET", "DELETE")) {
            HttpResponse<String> answer = send(method, stream, "Authorization", "Bearer " + token);

            assertThat(problem(answer, 401).get("type").asString())
                    .isEqualTo(ProblemType.UNIDENTIFIED.uri().toString());
            assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .matches("Bearer error=\"invalid_token\", error_description=\"[^\"]+\"");
        }
    }

    static Stream<String> bad() {
        return Stream.concat(
                ISSUER.badTokens().stream(),
                Stream.of(ISSUER.token(Issuer.claims("operator", "admin", Duration.ofSeconds(-2)))));
    }

    @Test
    void asksForATokenInWordsAndCountsIt() {
        double before = refused(instance, "unidentified");
        HttpResponse<String> answer = send("GET", stream);

        assertThat(problem(answer, 401).get("detail").asString()).contains("Authorization: Bearer");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(refused(instance, "unidentified")).isGreaterThan(before);
        assertThat(send("GET", URI.create(stream + "?access_token=" + own())).statusCode())
                .isEqualTo(401);
        problem(send("GET", stream, "Authorization", "Bearer a b"), 401);
    }

    /** As documented. */
    @ParameterizedTest
    @MethodSource("calls")
    void allowsEachCallByUserAndScope(CallRights call) throws IOException, InterruptedException {
        assertThat(List.of(
                        answer(call, null),
                        answer(call, own()),
                        answer(call, ISSUER.token(UUID.randomUUID(), "stream")),
                        answer(call, ISSUER.token(Issuer.claims(user, "admin", Duration.ofSeconds(-2)))),
                        answer(call, ISSUER.token("application", "publish")),
                        answer(call, ISSUER.token("operator", "admin"))))
                .containsExactly(
                        call.none(), call.own(), call.anothers(), call.expired(), call.publisher(), call.admin());
    }

    static List<CallRights> calls() throws IOException {
        return CallRights.of("/stream", ":9083");
    }

    @Test
    void triesEachCallThatIsDescribedAnAddressOfNothingAndWhatTheManagementPortHasBesides() throws IOException {
        List<String> expected = new ArrayList<>(CallRights.described("stream"));
        expected.addAll(
                List.of("GET /stream/nothing", "GET :9083/actuator/health/readiness", "GET :9083/actuator/prometheus"));
        assertThat(calls()).extracting(CallRights::call).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** The status for the token; a stream that it opens, or needs, is ended. */
    private int answer(CallRights call, @Nullable String token) throws IOException, InterruptedException {
        String path = call.path().replace("{userId}", user.toString()).replace("{profileId}", profile.toString());
        if (path.startsWith(":")) {
            URI uri = instance.management().resolve(path.substring(path.indexOf('/')));
            return call.method().equals("POST") ? publish(uri, token) : status(call.method(), uri, token, null);
        }
        URI uri = instance.url().resolve(path);
        if (!uri.equals(stream)) {
            return status(call.method(), uri, token, null);
        }
        String admin = ISSUER.token("operator", "admin");
        try (Reader reader = open(uri, admin, null)) {
            String session = reader.session();
            int status =
                    call.method().equals("GET") ? resumed(token, session) : status(call.method(), uri, token, session);
            // Unless it has ended already.
            status("DELETE", uri, admin, session);
            return status;
        }
    }

    private int resumed(@Nullable String token, String session) throws IOException, InterruptedException {
        HttpRequest.Builder resume = HttpRequest.newBuilder(stream).header("Last-Event-ID", session);
        if (token != null) {
            resume.header("Authorization", "Bearer " + token);
        }
        HttpResponse<InputStream> answer = HTTP.send(resume.build(), HttpResponse.BodyHandlers.ofInputStream());
        try (Reader reader = new Reader(answer.body())) {
            if (answer.statusCode() == 200) {
                String latest = reader.session();
                assertThat(status("DELETE", stream, ISSUER.token("operator", "admin"), latest))
                        .isEqualTo(204);
            }
            return answer.statusCode();
        }
    }

    @Test
    void allowsTheOwnerAndAdministrators() throws IOException {
        String other = ISSUER.token(UUID.randomUUID(), "stream");
        for (String token : List.of(other, ISSUER.token(user, "openid"))) {
            for (String method : List.of("GET", "DELETE")) {
                HttpResponse<String> answer = send(method, stream, "Authorization", "Bearer " + token);
                assertThat(problem(answer, 403).get("type").asString())
                        .isEqualTo(ProblemType.NOT_ALLOWED.uri().toString());
                assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                        .startsWith("Bearer error=\"insufficient_scope\"");
            }
        }
        assertThat(refused(instance, "not-allowed")).isPositive();

        for (String token : List.of(own(), ISSUER.token("operator", "admin"))) {
            try (Reader reader = open(stream, token, null)) {
                String session = reader.session();
                assertThat(status("DELETE", stream, other, session)).isEqualTo(403);
                assertThat(status("DELETE", stream, null, session)).isEqualTo(401);
                assertThat(status("DELETE", stream, token, session)).isEqualTo(204);
                assertThat(reader.end()).contains("closed");
            }
        }
    }

    @Test
    void answersOtherAddressesToAdministratorsOnly() {
        URI nothing = instance.url().resolve("/stream/nothing");
        assertThat(status("GET", nothing, null, null)).isEqualTo(401);
        assertThat(status("GET", nothing, own(), null)).isEqualTo(403);
        assertThat(status("GET", nothing, ISSUER.token("operator", "admin"), null))
                .isEqualTo(404);
        assertThat(status("GET", instance.stream("x", profile), own(), null)).isEqualTo(403);
        assertThat(status("GET", instance.stream("x", profile), ISSUER.token("operator", "admin"), null))
                .isEqualTo(400);
    }

    @Test
    void takesTheTokenFromTheCookie() {
        HttpResponse<String> answer = send("DELETE", stream, "Cookie", "__Host-kubescaler=" + own());

        problem(answer, 400); // It lacks the session only.
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET STREAM?session=TOKEN HTTP/2.0\r\nHost: stream",
                "GET STREAM?session=TOKEN HTTP/1.x\r\nHost: stream",
                "GET STREAM HTTP/1.1\r\nHost: stream\r\nAuthorization : Bearer TOKEN",
                "TOKEN"
            })
    void logsNothingOfARequestThatCannotBeRead(String request) throws IOException {
        String sent = request.replace("STREAM", stream.getPath()).replace("TOKEN", own());
        Path log = Path.of("target", "services", "access.log");
        int before = Files.readString(log).length();
        for (URI port : List.of(instance.url(), instance.management())) {
            assertThat(RawHttp.answer(RawHttp.send(port.getPort(), sent + "\r\nConnection: close\r\n\r\n")))
                    .startsWith("HTTP/1.1 400 ");
        }
        assertThat(Files.readString(log).substring(before)).doesNotContain(own(), "WARN", "ERROR");
    }

    @Test
    void protectsPublishingAndNothingElseOnTheManagementPort() throws IOException, InterruptedException {
        URI messages = instance.management().resolve("/profiles/" + profile + "/messages");
        assertThat(publish(messages, null)).isEqualTo(401);
        assertThat(publish(messages, own())).isEqualTo(403);
        assertThat(publish(messages, ISSUER.token("operator", "admin"))).isEqualTo(202);

        for (String path : List.of("/actuator/health/liveness", "/actuator/health/readiness", "/actuator/prometheus")) {
            assertThat(send("GET", instance.management().resolve(path)).statusCode())
                    .isEqualTo(200);
        }
        assertThat(send("GET", instance.management().resolve("/nothing")).statusCode())
                .isEqualTo(404);
    }

    @Test
    void countsCallsWhoseTokensItCannotCheckApart() {
        try (Instance alone = platform.instance(
                "alone", options(Issuer.settingsWithoutKeys(), "--kubescaler.access-token.jwks=http://127.0.0.1:1/"))) {
            problem(send("GET", alone.stream(user, profile), "Authorization", "Bearer " + own()), 503);

            assertThat(refused(alone, "keys-unavailable")).isEqualTo(1);
            assertThat(refused(alone, "unidentified")).isZero();
        }
    }

    @Test
    void protectsThePortForPublishing() throws IOException, InterruptedException {
        int port = FreePorts.next();
        try (Instance publishing = platform.publishing(
                "publishing", options(ISSUER.settings(), "--kubescaler.stream.messages.port=" + port))) {
            URI messages = URI.create("http://127.0.0.1:" + port + "/profiles/" + profile + "/messages");

            assertThat(publish(messages, null)).isEqualTo(401);
            assertThat(publish(messages, own())).isEqualTo(403);
            assertThat(publish(messages, ISSUER.token("application", "publish")))
                    .isEqualTo(202);
            assertThat(publish(publishing.management().resolve(messages.getPath()), null))
                    .isEqualTo(404);
        }
    }

    @Test
    void endsAStreamWhoseTokenExpiresAndResumesItsSessionWithANewToken() throws IOException {
        try (Instance strict = platform.instance(
                "strict",
                options(
                        ISSUER.settings(),
                        "--kubescaler.access-token.clock-skew=0s",
                        "--kubescaler.access-token.grace=1s"))) {
            URI uri = strict.stream(user, profile);
            String brief = ISSUER.token(Issuer.claims(user, "stream", Duration.ofSeconds(10)));
            String session;
            try (Reader reader = open(uri, brief, null)) {
                session = reader.session();
                assertThat(reader.end()).contains("\"reason\":\"expired\"").contains("retry: ");
            }
            assertThat(status("GET", uri, brief, session)).isEqualTo(401);
            try (Reader resumed = open(uri, own(), session)) {
                assertThat(resumed.session()).isNotEqualTo(session);
                resumed.line("event: message");
            }
        }
    }

    @Test
    @Tag("long")
    void rotatesKeysWithoutCuttingAStream() throws IOException {
        Issuer next = Issuer.rs256("second");
        List<Issuer> published = new CopyOnWriteArrayList<>(List.of(ISSUER));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = ("{\"keys\":[" + published.get(0).jwk() + "]}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        List<Reader> readers = new ArrayList<>();
        try (Instance rotating = platform.instance(
                "rotating",
                options(
                        Issuer.settingsWithoutKeys(),
                        "--kubescaler.stream.message-interval=1s",
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.access-token.jwks=http://127.0.0.1:"
                                + server.getAddress().getPort() + "/"))) {
            for (int i = 0; i < STREAMS; i++) {
                UUID one = platform.newUser();
                readers.add(open(rotating.stream(one, platform.newProfile(one)), ISSUER.token(one, "stream"), null));
            }
            published.set(0, next);
            Instant rotated = Instant.now();

            try (Reader late = open(rotating.stream(user, profile), next.token(user, "stream"), null)) {
                String session = late.session();
                late.line("event: message");
                assertThat(status("DELETE", rotating.stream(user, profile), own(), session))
                        .as("the key that was withdrawn")
                        .isEqualTo(401);
            }
            for (Reader reader : readers) {
                reader.messageAfter(rotated);
            }
            assertThat(rotating.metric("kubescaler_stream_connections")).isGreaterThanOrEqualTo(STREAMS);
        } finally {
            readers.forEach(Reader::close);
            server.stop(0);
        }
    }

    private String own() {
        return ISSUER.token(user, "stream");
    }

    private static String[] options(Map<String, String> settings, String... more) {
        return Stream.concat(
                        settings.entrySet().stream().map(setting -> "--" + setting.getKey() + "=" + setting.getValue()),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private static double refused(Instance instance, String reason) {
        return instance.metric("kubescaler_stream_refused_total{reason=\"" + reason + "\"}");
    }

    private static int status(String method, URI uri, @Nullable String token, @Nullable String session) {
        List<String> headers = new ArrayList<>();
        if (token != null) {
            headers.addAll(List.of("Authorization", "Bearer " + token));
        }
        if (session != null) {
            headers.addAll(List.of("Last-Event-ID", session));
        }
        return send(method, uri, headers.toArray(String[]::new)).statusCode();
    }

    private static int publish(URI uri, @Nullable String token) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"message\": \"goal\"}"));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static Reader open(URI uri, String token, @Nullable String session) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token);
        if (session != null) {
            request.header("Last-Event-ID", session);
        }
        try {
            HttpResponse<InputStream> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.statusCode()).isEqualTo(200);
            return new Reader(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The lines of a stream. */
    private static final class Reader implements AutoCloseable {

        private final BufferedReader lines;

        Reader(InputStream body) {
            lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        }

        String session() {
            return line("id: ").substring("id: ".length());
        }

        /** The next line that begins so; skips others. */
        String line(String begin) {
            try {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(begin)) {
                        return line;
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            throw new AssertionError("The stream ended without " + begin);
        }

        /** Reads on until a message that was made after that time. */
        void messageAfter(Instant time) {
            Instant made;
            do {
                String timestamp = line("data: {\"sequence\"").replaceFirst(".*\"timestamp\":\"([^\"]+)\".*", "$1");
                made = Instant.parse(timestamp);
            } while (!made.isAfter(time));
        }

        /** The lines of the last event. */
        String end() {
            line("event: end");
            return line("retry: ") + "\n" + line("data: ");
        }

        @Override
        public void close() {
            try {
                lines.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

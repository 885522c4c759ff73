package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.backing.Connections;
import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import io.kubescaler.processes.StartFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole way, from the command to a stream and its end. */
@ExtendWith(SharedLocal.class)
class LocalIT {

    private static final String NOBODY = UUID.randomUUID() + "/" + UUID.randomUUID();
    /** For one answer or event, on a machine that others use too. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int MESSAGE_BYTES = 25_000;
    private static final JsonMapper JSON = new JsonMapper();

    private static RunningLocal local;
    private static HttpClient http;

    @BeforeAll
    static void start(RunningLocal shared) {
        local = shared;
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @Test
    void servesThePagesUnderAStrictPolicy() throws Exception {
        for (String page : new String[] {"/", "/index/" + NOBODY, "/load", "/system"}) {
            HttpResponse<String> answer = get(local.gateway(page));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "Content-Type")).isEqualTo("text/html");
            assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
            assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(header(answer, "Content-Security-Policy"))
                    .startsWith("default-src 'none';")
                    .contains("frame-ancestors 'none'");
            HttpResponse<String> head = http.send(
                    HttpRequest.newBuilder(local.gateway(page))
                            .method("HEAD", BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(200);
        }
    }

    /** As a name does that somebody has pointed at this machine, also past the gateway. */
    @Test
    void answersToItsOwnNamesOnly() throws Exception {
        Ports ports = local.ports();
        for (int port : new int[] {
            ports.gateway(), ports.base(), ports.main(), ports.streams().get(0)
        }) {
            for (String path : new String[] {"/main/users", "/users", "/stream/" + NOBODY, "/"}) {
                assertThat(raw(port, "GET " + path, "Host: evil.test:" + port))
                        .startsWith("HTTP/1.1 421 ")
                        .contains("application/problem+json")
                        .contains("kubescaler.web.hosts");
            }
            assertThat(raw(port, "GET /nothing", "Host: LOCALHOST:" + port)).startsWith("HTTP/1.1 404 ");
        }
        assertThat(raw(ports.streamsManagement().get(0), "POST /profiles/x/messages", "Host: evil.test"))
                .startsWith("HTTP/1.1 421 ");
    }

    @Test
    void rejectsChangesThatAPageOfAnotherSiteMakesTheBrowserSend() throws Exception {
        int port = local.ports().gateway();
        String here = "Host: localhost:" + port;
        String create = "POST /main/testdata";

        assertThat(raw(port, create, here)).startsWith("HTTP/1.1 415 ");
        assertThat(raw(port, create, here, "Content-Type: application/json", "Sec-Fetch-Site: cross-site"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw(port, "DELETE /main/testdata", here, "Origin: http://evil.test"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw(port, "DELETE /stream/" + NOBODY, here, "Sec-Fetch-Site: cross-site", "Last-Event-ID: x"))
                .startsWith("HTTP/1.1 403 ");
        for (String path : new String[] {"/stream/", "/%73tream/"}) {
            assertThat(raw(port, "GET " + path + NOBODY, here, "Sec-Fetch-Site: cross-site"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("foreign-page");
        }
        // Its own pages may.
        assertThat(raw(port, "DELETE /stream/" + NOBODY, here, "Origin: http://localhost:" + port, "Last-Event-ID: x"))
                .startsWith("HTTP/1.1 204 ");
    }

    @Test
    void everyAnswerHasTheHeadersThatKeepPagesApart() throws Exception {
        assertThat(SecurityHeaders.documented()).hasSize(5);
        for (URI uri : new URI[] {
            local.gateway("/"), local.gateway("/main/users"), local.base("/users"), local.stream(0, "/stream/" + NOBODY)
        }) {
            HttpResponse<String> answer = get(uri);
            for (String header : SecurityHeaders.documented()) {
                assertThat(answer.headers().allValues(header))
                        .as(uri + " " + header)
                        .hasSize(1);
            }
        }
        assertThat(header(get(local.gateway("/main/users")), "Cache-Control")).isEqualTo("no-store");
    }

    /** The head of the answer to a request that HttpClient would not send. */
    private static String raw(int port, String request, String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String text = request + " HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n"
                    + String.join("\r\n", headers) + "\r\n\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void answersAnUnknownPathWithAProblem() throws Exception {
        HttpResponse<String> answer = get(local.gateway("/nothing/here"));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(json(answer).path("detail").asString()).isEqualTo("There is nothing at /nothing/here.");
    }

    @Test
    void answersAnUnknownPathWithAPageForAPerson() throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(local.gateway("/nothing/here"))
                .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(header(answer, "Content-Type")).isEqualTo("text/html");
        assertThat(header(answer, "Content-Security-Policy")).isNotNull();
        assertThat(answer.body()).contains("<h1>Nothing here</h1>");
    }

    @Test
    void streamsAPairToOneClientAtATimeWhicheverInstanceIsAsked() throws Exception {
        String pair = createPair();
        String token;
        int other;
        JsonNode session;

        try (EventStream first = stream(local.gateway("/stream/" + pair), null)) {
            Event opening = next(first);
            assertThat(opening.name()).isEqualTo("session");
            token = opening.id();
            session = JSON.readTree(opening.data());
            other = session.path("instance").asString().equals("stream-1") ? 1 : 0;
            readMessages(first, 50);
            assertThat(launchedProfiles(pair))
                    .contains(pair.split("/")[1])
                    .contains(session.path("since").asString());

            for (int instance = 0; instance < 2; instance++) {
                HttpResponse<String> refused = get(local.stream(instance, "/stream/" + pair));
                assertThat(refused.statusCode()).isEqualTo(409);
                assertThat(header(refused, "Retry-After")).isNotNull();
                assertThat(json(refused).path("since")).isEqualTo(session.path("since"));
            }
        }

        try (EventStream resumed = stream(local.stream(other, "/stream/" + pair), token)) {
            Event opening = next(resumed);
            assertThat(JSON.readTree(opening.data()).path("since")).isEqualTo(session.path("since"));
            assertThat(opening.id()).isNotNull().isNotEqualTo(token);
            readMessages(resumed, 1);

            assertThat(delete(local.gateway("/stream/" + pair), token).statusCode())
                    .isEqualTo(403);
            assertThat(delete(local.gateway("/stream/" + pair), opening.id()).statusCode())
                    .isEqualTo(204);
        }
        assertThat(launchedProfiles(pair)).doesNotContain(pair.split("/")[1]);
    }

    @Test
    void endsTheStreamOfAClientThatLeaves() throws Exception {
        try (EventStream stream = stream(local.gateway("/stream/" + createPair()), null)) {
            readMessages(stream, 1);
            assertThat(connections()).isEqualTo(1);
        }
        await().untilAsserted(() -> assertThat(connections()).isZero());
    }

    @Test
    void closesTheConnectionOfAClientThatReadsNothingWhenItsSessionIsEnded() throws Exception {
        GatewayIT.assumeConnectionsAreListed();
        try (EventStream clock = stream(local.gateway("/stream/" + createPair()), null);
                Socket client = new Socket()) {
            // Another pair, because that of the clock is launched.
            String pair = createPair();
            client.setReceiveBufferSize(4_096);
            client.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            client.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), local.ports().gateway()));
            client.getOutputStream()
                    .write(("GET /stream/" + pair + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            while (head.indexOf("event: session") < 0) {
                int next = client.getInputStream().read();
                assertThat(next).as("the byte after %s", head).isNotNegative();
                head.append((char) next);
            }
            String token = head.toString().replaceFirst("(?s).*id: ?(\\w+).*", "$1");
            // So many messages fit into the systems on the way, and the end waits behind them.
            readMessages(clock, 13);

            assertThat(delete(local.gateway("/stream/" + pair), token).statusCode())
                    .isEqualTo(204);

            await().atMost(Duration.ofSeconds(20)).until(() -> Connections.areGone(List.of(client)));
        }
    }

    /** Like browsers, this client comes back after every end but a 204. */
    @Test
    void npmsEventSourceStaysAwayAfterItsSessionWasEnded(@TempDir Path folder) throws Exception {
        assumeTrue(
                run(folder, "node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)")
                                .ok()
                        && run(folder, "npm", "--version").ok(),
                "SKIPPED: the test of the package eventsource needs Node.js 20 and npm");
        assertThat(run(folder, "npm", "install", "--no-audit", "--no-fund", "eventsource@4.1.0"))
                .matches(Ended::ok);
        try (InputStream script = LocalIT.class.getResourceAsStream("/eventsource.mjs")) {
            Files.copy(script, folder.resolve("eventsource.mjs"));
        }

        Ended client = run(
                folder,
                "node",
                "eventsource.mjs",
                local.gateway("/stream/" + createPair()).toString());

        assertThat(client.output().lines()).containsExactly("session", "ended: 204", "closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/profiles/%2$s/users/%1$s", "/users/%1$s"})
    void endsTheStreamOfAUserThatIsUnboundOrDeleted(String deleted) throws Exception {
        String user = local.create("/users", "{}");
        String profile = local.create("/profiles", "{\"users\":[\"" + user + "\"]}");
        try (EventStream stream = stream(local.gateway("/stream/" + user + "/" + profile), null)) {
            readMessages(stream, 1);

            assertThat(send(HttpRequest.newBuilder(local.base(deleted.formatted(user, profile)))
                                    .DELETE())
                            .statusCode())
                    .isEqualTo(204);

            Event event = next(stream);
            while (event.name().equals("message")) {
                event = next(stream);
            }
            assertThat(event.name()).isEqualTo("end");
            assertThat(JSON.readTree(event.data()).path("reason").asString()).isEqualTo("unbound");
        }
    }

    @Test
    void leavesADeadStreamInstanceOutUntilItIsBack() throws Exception {
        local.killService(local.ports().streams().get(0));

        for (int i = 0; i < 6; i++) {
            assertThat(get(local.gateway("/stream/" + NOBODY)).statusCode()).isEqualTo(404);
        }
        awaitStatus(200, local.streamManagement(0, "/actuator/health/readiness"));
        assertThat(local.printed()).contains("stream-1       has ended with exit code 137; starting it again");
    }

    @Test
    void saysThatItsServicesCannotServeWhileBaseIsDownAndServesAgainByItself() throws Exception {
        local.killService(local.ports().base());

        assertUnavailable(get(local.gateway("/main/users")));
        assertUnavailable(get(local.gateway("/stream/" + NOBODY)));
        awaitStatus(200, local.gateway("/main/users"));
        awaitStatus(404, local.gateway("/stream/" + NOBODY));
    }

    @Test
    void answersForAServiceThatIsDownEvenToABrowser() throws Exception {
        local.killService(local.ports().main());

        assertUnavailable(
                send(HttpRequest.newBuilder(local.gateway("/main/users")).header("Accept", "text/html")));
        awaitStatus(200, local.gateway("/main/users"));
    }

    @Test
    void refusesADataFolderThatAnotherOneUses() {
        assertThatThrownBy(local.sibling()::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("Another ./run uses the data folder " + local.data());
    }

    /** A user and a profile that it is bound to, as in the path of a stream. */
    private static String createPair() throws Exception {
        HttpResponse<String> made = send(HttpRequest.newBuilder(local.gateway("/main/testdata"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"users\": 3, \"profiles\": 3}")));
        assertThat(made.statusCode()).isBetween(200, 201);
        for (JsonNode profile : json(get(local.gateway("/main/profiles"))).path("items")) {
            for (JsonNode user : profile.path("users")) {
                String pair = user.asString() + "/" + profile.path("id").asString();
                if (!launchedProfiles(pair).contains(profile.path("id").asString())) {
                    return pair;
                }
            }
        }
        throw new AssertionError("All pairs are launched.");
    }

    /** The answer of login for the user of a pair. */
    private static String launchedProfiles(String pair) throws Exception {
        String user = pair.split("/")[0];
        return json(get(local.gateway("/main/login/" + user))).path("items").toString();
    }

    private static EventStream stream(URI uri, @Nullable String token) {
        return EventStream.open(http, uri, token, Limits.DEFAULT.withAnswer(PATIENCE));
    }

    private static Event next(EventStream stream) {
        return stream.next(PATIENCE).orElseThrow();
    }

    /** Prints how fast they came: what a machine that does something else as well can do is no promise. */
    private static void readMessages(EventStream stream, int count) {
        long begin = System.nanoTime();
        long bytes = 0;
        for (int read = 0; read < count; ) {
            Event event = next(stream);
            if (event.name().equals("message")) {
                assertThat(event.data().length()).isGreaterThan(MESSAGE_BYTES);
                bytes += event.data().length();
                read++;
            }
        }
        System.out.printf("%d messages at %.2f Mb/s%n", count, bytes * 8 * 1e3 / (System.nanoTime() - begin));
    }

    private record Ended(boolean ok, String output) {}

    /** Runs a command, which may not exist, to its end. */
    private static Ended run(Path folder, String... command) throws Exception {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException missing) {
            return new Ended(false, String.valueOf(missing.getMessage()));
        }
        try {
            boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return new Ended(ended && process.exitValue() == 0, Files.readString(output));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static double connections() throws Exception {
        double sum = 0;
        for (int instance = 0; instance < 2; instance++) {
            sum += get(local.streamManagement(instance, "/actuator/prometheus"))
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("kubescaler_stream_connections"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                    .findFirst()
                    .orElseThrow();
        }
        return sum;
    }

    private static void assertUnavailable(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(header(answer, "Retry-After")).isNotNull();
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
    }

    private static void awaitStatus(int status, URI uri) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(get(uri).statusCode()).isEqualTo(status));
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        return send(HttpRequest.newBuilder(uri));
    }

    private static HttpResponse<String> delete(URI uri, String token) throws Exception {
        return send(HttpRequest.newBuilder(uri).DELETE().header("Last-Event-ID", token));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static @Nullable String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }
}

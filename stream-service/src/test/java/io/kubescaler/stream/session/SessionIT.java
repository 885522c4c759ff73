package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.coming;
import static io.kubescaler.stream.Streams.json;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static io.kubescaler.stream.Streams.problem;
import static io.kubescaler.stream.Streams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.ProblemType;
import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Sessions on two instances that share base-service, Cassandra and three Redis masters, all real. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class SessionIT {

    private static Platform platform;
    private static Instance first;
    private static Instance second;

    private UUID user;
    private UUID profile;

    @BeforeAll
    static void start(Platform shared) {
        platform = shared;
        first = platform.instance("first");
        second = platform.instance("second");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @BeforeEach
    void bindANewUserToANewProfile() {
        user = platform.newUser();
        profile = platform.newProfile(user);
    }

    @Test
    void beginsWithTheSessionAndGoesOnWithNumberedMessages() {
        try (EventStream stream = open(first.stream(user, profile))) {
            assertThat(stream.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(stream.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(stream.headers().firstValue("X-Accel-Buffering")).hasValue("no");

            Event session = stream.next(PATIENCE).orElseThrow();
            assertThat(session.name()).isEqualTo("session");
            assertThat(session.id()).matches("[A-Za-z0-9_-]{16,}");
            assertThat(json(session).get("instance").asString()).isEqualTo("first");
            assertThat(json(session).get("ttl").asInt()).isEqualTo(60);
            assertThat(json(session).get("since").asString()).endsWith("Z");

            Event message = stream.next(PATIENCE).orElseThrow();
            Event following = stream.next(PATIENCE).orElseThrow();
            assertThat(message.name()).isEqualTo("message");
            assertThat(json(message).get("message").asString()).hasSize(25_000);
            assertThat(json(message).get("instance").asString()).isEqualTo("first");
            assertThat(json(following).get("sequence").asLong())
                    .isGreaterThan(json(message).get("sequence").asLong());
        }
    }

    @Test
    void refusesASecondClientOnEveryInstanceWhileTheFirstStreams() {
        try (EventStream stream = open(first.stream(user, profile))) {
            JsonNode session = json(next(stream, "session"));
            for (Instance instance : List.of(first, second)) {
                HttpResponse<String> refused = send("GET", instance.stream(user, profile));

                JsonNode problem = problem(refused, 409);
                assertThat(problem.get("type").asString())
                        .isEqualTo(ProblemType.LAUNCHED_ELSEWHERE.uri().toString());
                assertThat(problem.get("since")).isEqualTo(session.get("since"));
                assertThat(problem.get("retryAfter").asInt()).isBetween(1, 60);
                assertThat(refused.headers().firstValue("Retry-After"))
                        .hasValue(problem.get("retryAfter").asString());
            }
            next(stream, "message");
        }
    }

    @Test
    void servesManyPairsAtOnce() {
        UUID other = platform.newProfile(user);
        try (EventStream one = open(first.stream(user, profile));
                EventStream another = open(first.stream(user, other))) {
            next(one, "message");
            next(another, "message");
        }
    }

    @Test
    void resumesWithTheTokenOnTheOtherInstanceAndEndsTheOldConnection() throws Exception {
        try (EventStream stream = open(first.stream(user, profile))) {
            Event begun = next(stream, "session");
            Future<Event> coming = coming(stream, "end");
            try (EventStream resumed = open(second.stream(user, profile), begun.id())) {
                Event again = next(resumed, "session");
                assertThat(again.id()).isNotEqualTo(begun.id());
                assertThat(json(again).get("instance").asString()).isEqualTo("second");
                assertThat(json(again).get("since")).isEqualTo(json(begun).get("since"));
                next(resumed, "message");

                Event end = coming.get();
                assertThat(json(end).get("reason").asString()).isEqualTo("closed");
                assertThat(end.retry()).isLessThan(Duration.ofSeconds(1));
                assertThat(stream.next(PATIENCE)).isEmpty();
            }
        }
    }

    @Test
    void resumesAfterTheConnectionWasLost() {
        String token;
        try (EventStream stream = open(first.stream(user, profile))) {
            token = token(stream);
        }
        assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
        try (EventStream resumed = open(URI.create(first.stream(user, profile) + "?session=" + token))) {
            next(resumed, "message");
        }
    }

    @Test
    void endsTheSessionAtTheOtherInstanceAndFreesTheLockAtOnce() throws Exception {
        try (EventStream stream = open(first.stream(user, profile))) {
            String token = token(stream);
            Future<Event> end = coming(stream, "end");

            HttpResponse<String> answer = send("DELETE", second.stream(user, profile), "Last-Event-ID", token);

            assertThat(answer.statusCode()).isEqualTo(204);
            assertThat(json(end.get()).get("reason").asString()).isEqualTo("closed");
            try (EventStream next = open(first.stream(user, profile))) {
                next(next, "message");
            }
            assertThat(send("DELETE", URI.create(second.stream(user, profile) + "?session=" + token))
                            .statusCode())
                    .as("a second time, when the pair is free or another has it")
                    .isIn(204, 403);
        }
    }

    @Test
    void leavesTheSessionOfAnotherTokenAlone() {
        try (EventStream stream = open(first.stream(user, profile))) {
            token(stream);
            assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", "someoneElse")
                            .statusCode())
                    .isEqualTo(403);
            HttpResponse<String> refused =
                    send("GET", second.stream(user, profile), "Last-Event-ID", "0123456789abcdef0123456789abcdef");
            assertThat(refused.statusCode()).isEqualTo(409);
            next(stream, "message");
        }
    }

    @Test
    void saysWhatIsWrongWithARequest() {
        assertProblem(send("GET", first.stream("1-1-1-1-1", profile)), 400, "userId");
        assertProblem(send("GET", first.stream(user, "x")), 400, "profileId");
        assertProblem(send("GET", first.stream(user, profile), "Last-Event-ID", "no token!"), 400, "session");
        assertProblem(send("DELETE", first.stream(user, profile)), 400, "session");
        assertProblem(send("POST", first.stream(user, profile)), 405, "DELETE, GET, HEAD");
        assertProblem(send("GET", first.stream(user, profile).resolve("/nowhere")), 404, "nowhere");
        assertThat(send("GET", second.stream(user, profile), "Accept", "application/json")
                        .statusCode())
                .as("for a client that does not accept events")
                .isEqualTo(406);
        assertThat(send("GET", second.stream(user, profile), "Accept", "nonsense")
                        .statusCode())
                .as("for a malformed Accept header")
                .isEqualTo(406);
        URI publicPath = second.stream(user, profile);
        assertThat(send("GET", second.management().resolve(publicPath.getPath()))
                        .statusCode())
                .as("on the management port")
                .isEqualTo(404);
    }

    @Test
    void checksAPairWithoutTakingItsLock() {
        HttpResponse<String> free = send("HEAD", first.stream(user, profile));
        assertThat(free.statusCode()).isEqualTo(200);
        assertThat(free.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(free.headers().firstValue("Cache-Control")).hasValue("no-store");

        try (EventStream stream = open(first.stream(user, profile))) {
            String token = token(stream);
            assertThat(send("HEAD", second.stream(user, profile)).statusCode()).isEqualTo(200);
            assertThat(send("HEAD", second.stream(user, profile), "Last-Event-ID", token)
                            .statusCode())
                    .isEqualTo(200);
            next(stream, "message");
        }
        assertThat(send("HEAD", first.stream(user, "x")).statusCode()).isEqualTo(400);
        assertThat(send("HEAD", first.stream(user, profile), "Last-Event-ID", "no token!")
                        .statusCode())
                .isEqualTo(400);
        assertThat(send("HEAD", first.stream(UUID.randomUUID(), profile)).statusCode())
                .isEqualTo(404);
        assertThat(send("HEAD", first.stream(platform.newUser(), profile)).statusCode())
                .isEqualTo(403);
        assertThat(send("HEAD", first.stream(user, profile), "Accept", "application/json")
                        .statusCode())
                .isEqualTo(406);
    }

    @Test
    void countsStreamsApartFromTheLatencyOfCalls() {
        try (Instance own = platform.instance("measured")) {
            try (EventStream stream = open(own.stream(user, profile))) {
                next(stream, "message");
            }
            assertThat(send("GET", own.stream(user, profile)).statusCode()).isEqualTo(409);

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(own.scrape())
                            .containsPattern("kubescaler_stream_served_seconds_count\\{.*} 1")
                            .containsPattern("http_server_requests_seconds_count\\{.*status=\"409\".*/stream/.*} 1")
                            .doesNotContainPattern("http_server_requests_seconds_count\\{.*status=\"200\".*/stream/"));
        }
    }

    @Test
    void refusesWhoIsUnknownOrNotBound() {
        UUID stranger = platform.newUser();
        UUID nobody = UUID.randomUUID();

        assertThat(type(send("GET", first.stream(nobody, profile)), 404)).isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(type(send("GET", first.stream(user, nobody)), 404)).isEqualTo(ProblemType.PROFILE_UNKNOWN.uri());
        assertThat(type(send("GET", first.stream(stranger, profile)), 403)).isEqualTo(ProblemType.NOT_BOUND.uri());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "text/event-stream, application/problem+json"})
    void saysWhyItRefusesAlsoToWhoAsksForEvents(String accepted) {
        assertProblem(send("GET", first.stream(UUID.randomUUID(), profile), "Accept", accepted), 404, "Unknown user");
    }

    @Test
    void freesTheLockOfAVanishedClientByItself() {
        try (Instance brief =
                platform.instance("brief", "--kubescaler.lock.ttl=10s", "--kubescaler.lock.refresh-every=3s")) {
            try (EventStream stream = open(brief.stream(user, profile))) {
                next(stream, "message");
            }
            assertThat(problem(send("GET", second.stream(user, profile)), 409)
                            .get("retryAfter")
                            .asInt())
                    .isBetween(1, 10);

            await().atMost(PATIENCE).untilAsserted(() -> {
                try (EventStream next = open(second.stream(user, profile))) {
                    next(next, "message");
                }
            });
        }
    }

    @Test
    void endsItsStreamsWhenItStopsAndLetsTheClientGoOnElsewhere() throws Exception {
        Instance third = platform.instance("third");
        try (EventStream stream = open(third.stream(user, profile))) {
            String token = token(stream);
            next(stream, "message");
            Future<Event> end = coming(stream, "end");

            third.close();

            assertThat(json(end.get()).get("reason").asString()).isEqualTo("drain");
            assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
            try (EventStream resumed = open(second.stream(user, profile), token)) {
                next(resumed, "message");
            }
        } finally {
            third.close();
        }
    }

    @Test
    void keepsASilentStreamAliveWithComments() throws IOException {
        try (Instance quiet = platform.instance(
                        "quiet", "--kubescaler.stream.message-interval=1h", "--kubescaler.stream.keep-alive=100ms");
                Socket socket = new Socket(quiet.url().getHost(), quiet.url().getPort())) {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.getOutputStream()
                    .write(("GET " + quiet.stream(user, profile).getPath() + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(lines.lines().filter(":"::equals).limit(2).count()).isEqualTo(2);
        }
    }

    /** A page need not read the answer to take the seat: an image with this address does. */
    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site: cross-site, 403",
        "Sec-Fetch-Site: same-site, 403",
        "Origin: http://evil.test, 403",
        "Sec-Fetch-Site: same-origin, 200",
        "Sec-Fetch-Site: none, 200",
    })
    void opensNoStreamForAPageOfAnotherSite(String header, int status) throws IOException {
        URI stream = first.stream(user, profile);
        try (Socket socket = new Socket(stream.getHost(), stream.getPort())) {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.getOutputStream()
                    .write(("GET " + stream.getPath() + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(lines.readLine()).startsWith("HTTP/1.1 " + status + " ");
        }
        if (status == 403) {
            String[] one = header.split(": ");
            assertThat(type(send("GET", stream, one), 403)).isEqualTo(ProblemType.FOREIGN_PAGE.uri());
            open(stream).close();
        }
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String says) {
        assertThat(problem(answer, status).toString()).contains(says);
    }

    private static URI type(HttpResponse<String> answer, int status) {
        return URI.create(problem(answer, status).get("type").asString());
    }
}

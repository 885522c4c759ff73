package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.RedisKeys;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.EventStream;
import io.kubescaler.stream.EventStream.Event;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Scanner;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sessions on two instances that share base-service, Cassandra and three Redis masters, all real. */
@ExtendWith(SharedPlatform.class)
class SessionIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

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
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            assertThat(stream.header("Content-Type")).hasValue("text/event-stream");
            assertThat(stream.header("Cache-Control")).hasValue("no-store");
            assertThat(stream.header("X-Accel-Buffering")).hasValue("no");

            Event session = stream.next().orElseThrow();
            assertThat(session.name()).isEqualTo("session");
            assertThat(session.id()).matches("[A-Za-z0-9_-]{16,}");
            assertThat(session.data().get("instance").asString()).isEqualTo("first");
            assertThat(session.data().get("ttl").asInt()).isEqualTo(60);
            assertThat(session.data().get("since").asString()).endsWith("Z");

            Event message = stream.next().orElseThrow();
            Event following = stream.next().orElseThrow();
            assertThat(message.name()).isEqualTo("message");
            assertThat(message.id()).isNull();
            assertThat(message.data().get("message").asString()).hasSize(25_000);
            assertThat(message.data().get("instance").asString()).isEqualTo("first");
            assertThat(following.data().get("sequence").asLong())
                    .isGreaterThan(message.data().get("sequence").asLong());
        }
    }

    @Test
    void refusesASecondClientOnEveryInstanceWhileTheFirstStreams() {
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            JsonNode session = stream.next("session").data();
            for (Instance instance : List.of(first, second)) {
                HttpResponse<String> refused = send("GET", instance.stream(user, profile));

                assertThat(refused.statusCode()).isEqualTo(409);
                JsonNode problem = problem(refused);
                assertThat(problem.get("type").asString())
                        .isEqualTo(ProblemType.LAUNCHED_ELSEWHERE.uri().toString());
                assertThat(problem.get("since")).isEqualTo(session.get("since"));
                assertThat(problem.get("retryAfter").asInt()).isBetween(1, 60);
                assertThat(refused.headers().firstValue("Retry-After"))
                        .hasValue(problem.get("retryAfter").asString());
            }
            stream.next("message");
        }
    }

    @Test
    void servesManyPairsAtOnce() {
        UUID other = platform.newProfile(user);
        try (EventStream one = EventStream.open(first.stream(user, profile), null);
                EventStream another = EventStream.open(first.stream(user, other), null)) {
            one.next("message");
            another.next("message");
        }
    }

    @Test
    void resumesWithTheTokenOnTheOtherInstanceAndEndsTheOldConnection() {
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            Event begun = stream.next("session");
            try (EventStream resumed = EventStream.open(second.stream(user, profile), begun.id())) {
                Event again = resumed.next("session");
                assertThat(again.id()).isNotEqualTo(begun.id());
                assertThat(again.data().get("instance").asString()).isEqualTo("second");
                assertThat(again.data().get("since")).isEqualTo(begun.data().get("since"));
                resumed.next("message");

                Event end = stream.next("end");
                assertThat(end.data().get("reason").asString()).isEqualTo("closed");
                assertThat(end.retry()).matches("\\d+");
                assertThat(stream.next()).isEmpty();
            }
        }
    }

    @Test
    void resumesAfterTheConnectionWasLost() {
        String token;
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            token = stream.token();
        }
        assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
        try (EventStream resumed =
                EventStream.open(URI.create(first.stream(user, profile) + "?session=" + token), null)) {
            resumed.next("message");
        }
    }

    @Test
    void endsTheSessionAtTheOtherInstanceAndFreesTheLockAtOnce() {
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            String token = stream.token();

            HttpResponse<String> answer = send("DELETE", second.stream(user, profile), "Last-Event-ID", token);

            assertThat(answer.statusCode()).isEqualTo(204);
            assertThat(stream.next("end").data().get("reason").asString()).isEqualTo("closed");
            try (EventStream next = EventStream.open(first.stream(user, profile), null)) {
                next.next("message");
            }
            assertThat(send("DELETE", URI.create(second.stream(user, profile) + "?session=" + token))
                            .statusCode())
                    .as("a second time, when nobody may have it or another has it")
                    .isIn(204, 403);
        }
    }

    @Test
    void leavesTheSessionOfAnotherTokenAlone() {
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            stream.token();
            assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", "someoneElse")
                            .statusCode())
                    .isEqualTo(403);
            HttpResponse<String> refused =
                    send("GET", second.stream(user, profile), "Last-Event-ID", "0123456789abcdef0123456789abcdef");
            assertThat(refused.statusCode()).isEqualTo(409);
            stream.next("message");
        }
    }

    @Test
    void saysWhatIsWrongWithARequest() {
        assertProblem(send("GET", first.stream("1-1-1-1-1", profile)), 400, "userId");
        assertProblem(send("GET", first.stream(user, "x")), 400, "profileId");
        assertProblem(send("GET", first.stream(user, profile), "Last-Event-ID", "no token!"), 400, "session");
        assertProblem(send("DELETE", first.stream(user, profile)), 400, "session");
        assertProblem(send("POST", first.stream(user, profile)), 405, "DELETE, GET");
        assertThat(send("HEAD", first.stream(user, profile)).statusCode()).isEqualTo(405);
        assertProblem(send("GET", first.stream(user, profile).resolve("/nowhere")), 404, "nowhere");
        assertThat(send("GET", second.stream(user, profile), "Accept", "application/json")
                        .statusCode())
                .as("for a client that wants no events")
                .isEqualTo(406);
        assertThat(send("GET", second.stream(user, profile), "Accept", "nonsense")
                        .statusCode())
                .as("for a client that does not know what it wants")
                .isEqualTo(406);
        URI publicPath = second.stream(user, profile);
        assertThat(send("GET", second.management().resolve(publicPath.getPath()))
                        .statusCode())
                .as("on the management port")
                .isEqualTo(404);
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
    void answers503WithoutBaseAndStreamsAgainWhenItIsBack() {
        platform.base().process().kill();
        try {
            assertUnavailable(send("GET", first.stream(user, profile)));
        } finally {
            platform.base().process().start();
        }
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            stream.next("message");
        }
    }

    @Test
    void answers503WithoutAQuorumOfRedisAndStreamsAgainWhenItIsBack() {
        List<RedisProcess> two = platform.redis().subList(0, 2);
        two.forEach(RedisProcess::kill);
        try {
            assertUnavailable(send("GET", first.stream(user, profile)));
        } finally {
            two.forEach(RedisProcess::start);
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
                stream.next("message");
            }
        });
    }

    @Test
    void streamsWithOneOfThreeRedisMastersStopped() {
        RedisProcess one = platform.redis().get(0);
        one.suspend();
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            stream.next("message");
            assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
        } finally {
            one.resume();
        }
    }

    @Test
    void tellsItsClientWhenTheLockIsLost() {
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            stream.next("message");
            for (RedisProcess node : platform.redis()) {
                setLock(node, "another");
            }

            assertThat(stream.next("end").data().get("reason").asString()).isEqualTo("lost");
            assertThat(stream.next()).isEmpty();
        }
    }

    @Test
    void freesTheLockOfAVanishedClientByItself() {
        try (Instance brief =
                platform.instance("brief", "--kubescaler.lock.ttl=10s", "--kubescaler.lock.refresh-every=3s")) {
            try (EventStream stream = EventStream.open(brief.stream(user, profile), null)) {
                stream.next("message");
            }
            assertThat(problem(send("GET", second.stream(user, profile)))
                            .get("retryAfter")
                            .asInt())
                    .isBetween(1, 10);

            await().atMost(PATIENCE).untilAsserted(() -> {
                try (EventStream next = EventStream.open(second.stream(user, profile), null)) {
                    next.next("message");
                }
            });
        }
    }

    @Test
    void losesMessagesOfASlowClientButNotItsConnection() throws IOException {
        double before = first.metric("kubescaler_stream_messages_dropped_total");
        URI uri = first.stream(user, profile);
        try (Socket socket = new Socket()) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()));
            socket.getOutputStream()
                    .write(("GET " + uri.getPath() + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().atMost(PATIENCE)
                    .until(() -> first.metric("kubescaler_stream_messages_dropped_total") > before + 10);

            List<Long> sequences = sequences(socket.getInputStream(), 30);

            assertThat(sequences).isSorted().doesNotHaveDuplicates();
            assertThat(sequences.get(29) - sequences.get(0))
                    .as("messages were lost in between")
                    .isGreaterThanOrEqualTo(30 + 10);
        }
    }

    @Test
    void endsItsStreamsWhenItStopsAndLetsTheClientGoOnElsewhere() {
        Instance third = platform.instance("third");
        try (EventStream stream = EventStream.open(third.stream(user, profile), null)) {
            String token = stream.token();
            stream.next("message");

            third.close();

            assertThat(stream.next("end").data().get("reason").asString()).isEqualTo("drain");
            assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
            try (EventStream resumed = EventStream.open(second.stream(user, profile), token)) {
                resumed.next("message");
            }
        } finally {
            third.close();
        }
    }

    @Test
    void keepsASilentStreamAliveWithComments() throws IOException {
        try (Instance quiet = platform.instance(
                "quiet", "--kubescaler.stream.message-interval=1h", "--kubescaler.stream.keep-alive=100ms")) {
            HttpResponse<InputStream> response = EventStream.ask(quiet.stream(user, profile), null);
            try (Scanner lines = new Scanner(response.body(), StandardCharsets.UTF_8)) {
                assertThat(lines.useDelimiter("\n")
                                .tokens()
                                .filter(":"::equals)
                                .limit(2)
                                .count())
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void countsWhatItServes() {
        try (EventStream stream = EventStream.open(second.stream(user, profile), null)) {
            stream.next("message");
            assertThat(second.metric("kubescaler_stream_connections")).isEqualTo(1);
        }
        await().atMost(PATIENCE).until(() -> second.metric("kubescaler_stream_connections") == 0);
        assertThat(second.scrape())
                .contains(
                        "kubescaler_stream_messages_sent_total",
                        "kubescaler_stream_messages_dropped_total",
                        "kubescaler_stream_sent_bytes_total",
                        "kubescaler_lock_acquire_seconds_count{outcome=\"acquired\"}",
                        "kubescaler_lock_refresh_seconds",
                        "kubescaler_lock_lost_total{reason=\"expired\"}",
                        "kubescaler_lock_lost_total{reason=\"taken\"}",
                        "kubescaler_lock_nodes 3.0",
                        "kubescaler_lock_nodes_up",
                        "kubescaler_redis_seconds_count{",
                        "http_client_requests_seconds_count{");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(send("GET", second.management().resolve("/actuator/health/readiness"))
                                .body())
                        .contains("\"status\":\"UP\"", "nodesUp"));
    }

    private void setLock(RedisProcess node, String token) {
        Config config = new Config();
        config.useSingleServer().setAddress(node.uri().toString());
        RedissonClient client = Redisson.create(config);
        try {
            client.getBucket(RedisKeys.lock(new Pair(user, profile)), StringCodec.INSTANCE)
                    .set(token, Duration.ofMinutes(1));
        } finally {
            client.shutdown();
        }
    }

    private static List<Long> sequences(InputStream body, int count) {
        return new Scanner(body, StandardCharsets.UTF_8)
                .findAll(Pattern.compile("\"sequence\":(\\d+)"))
                .map((MatchResult match) -> Long.valueOf(match.group(1)))
                .limit(count)
                .toList();
    }

    private static void assertUnavailable(HttpResponse<String> answer) {
        assertProblem(answer, 503, "out of reach");
        assertThat(answer.headers().firstValue("Retry-After"))
                .hasValueSatisfying(value -> assertThat(value).matches("\\d+"));
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String says) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(problem(answer).toString()).contains(says);
    }

    private static URI type(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return URI.create(problem(answer).get("type").asString());
    }

    private static JsonNode problem(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = new JsonMapper().readTree(answer.body());
        assertThat(problem.get("title").asString()).isNotBlank();
        assertThat(problem.get("detail").asString()).isNotBlank();
        return problem;
    }
}

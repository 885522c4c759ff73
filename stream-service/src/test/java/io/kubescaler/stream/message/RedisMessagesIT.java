package io.kubescaler.stream.message;

import static io.kubescaler.backing.RawHttp.send;
import static io.kubescaler.stream.Platform.post;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.json;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static io.kubescaler.stream.Streams.problem;
import static io.kubescaler.stream.Streams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.ProblemType;
import io.kubescaler.client.EventStream;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.StartFailedException;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Published messages on two instances, which read them from a Redis beside the three masters. All are real. One test at
 * a time.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("platform of RedisMessagesIT")
class RedisMessagesIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int KEPT = 50;
    private static final int LARGEST = 32_768;
    /** The most entries in a node of a Redis Stream; Redis drops whole nodes. */
    private static final int NODE = 100;

    private static final String SENT = "kubescaler_stream_messages_sent_total";
    private static final String ERRORS = "logback_events_total\\{.*level=\"error\".*} (.*)";
    private static final String UP = "kubescaler_stream_messages_up";
    private static final String DROPPED = "kubescaler_stream_messages_dropped_total";
    private static final Pattern MESSAGE = Pattern.compile("\"sequence\":(\\d+),.*\"message\":\"([^\"]*)\"");

    private static Platform platform;
    private static Instance first;
    private static Instance second;

    private UUID user;
    private UUID another;
    private UUID profile;

    @BeforeAll
    static void start() {
        platform = new Platform(3, RedisProcess.Durability.NONE);
        first = instance("first");
        second = instance("second");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        platform.close();
    }

    @BeforeEach
    void bindTwoUsersToANewProfile() {
        user = platform.newUser();
        another = platform.newUser();
        profile = platform.newProfile(user, another);
    }

    @Test
    void carriesWhatIsPublishedToAllStreamsOfTheProfileInOrder() {
        UUID otherProfile = platform.newProfile(user);
        try (EventStream one = begun(first, user, profile);
                EventStream two = begun(first, another, profile);
                EventStream other = begun(second, user, otherProfile)) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                String text = "message \"" + i + "\"\nof thirty, ä€😀";
                published(i % 2 == 0 ? first : second, profile, text);
                texts.add(text);
            }
            published(first, otherProfile, "another profile's");

            List<JsonNode> received = messages(one, 30);
            assertThat(received).extracting(RedisMessagesIT::text).isEqualTo(texts);
            assertThat(received)
                    .extracting(RedisMessagesIT::sequence)
                    .isEqualTo(numbers(sequence(received.get(0)), 30));
            assertThat(received.get(0).get("instance").asString()).isEqualTo("first");
            assertThat(received.get(0).get("timestamp").asString()).endsWith("Z");
            assertThat(messages(two, 30))
                    .as("the same but for the epoch of each stream")
                    .usingElementComparator(Comparator.comparing(RedisMessagesIT::withoutEpoch))
                    .isEqualTo(received);
            assertThat(text(message(other))).isEqualTo("another profile's");
        }
    }

    @Test
    void carriesTheOthersBesideAKeyOfTheWrongType() {
        UUID broken = platform.newProfile(another);
        UUID brokenLater = platform.newProfile(another);
        redis("SET messages:" + broken + " text");
        try (EventStream stream = begun(first, user, profile);
                EventStream silent = begun(first, another, broken);
                EventStream later = begun(first, another, brokenLater)) {
            published(first, profile, "one");
            assertThat(text(message(stream))).isEqualTo("one");
            published(first, brokenLater, "before");
            assertThat(text(message(later))).isEqualTo("before");

            redis("SET messages:" + brokenLater + " text");
            published(first, profile, "two");
            assertThat(text(message(stream))).isEqualTo("two");

            redis("DEL messages:" + broken + " messages:" + brokenLater);
            // What is published before the reader has looked again comes to nobody.
            await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                published(first, broken, "again");
                return silent.next(Duration.ofSeconds(1)).isPresent();
            });
        }
    }

    @Test
    void carriesAllMessagesBesideACounterThatIsNoNumber() {
        for (String broken :
                List.of("count abc", "count inf", "count -1", "count 1e300", "last abc count 7", "last 5 count 7")) {
            UUID bad = platform.newProfile(user);
            UUID good = platform.newProfile(user);
            redis("HSET messages:" + bad + ":count " + broken);
            try (EventStream healed = begun(first, user, bad);
                    EventStream stream = begun(first, user, good)) {
                published(first, good, "one");
                assertThat(text(message(stream))).as(broken).isEqualTo("one");

                published(first, bad, "two");
                published(second, bad, "three");
                List<JsonNode> both = messages(healed, 2);
                assertThat(both).as(broken).extracting(RedisMessagesIT::text).containsExactly("two", "three");
                long number = sequence(both.get(0));
                assertThat(number).as(broken).isIn(1L, 8L);
                assertThat(sequence(both.get(1))).as(broken).isEqualTo(number + 1);
            }
        }
    }

    @Test
    void carriesTheOthersBesideAnIdThatJavaDoesNotKnow() {
        UUID bad = platform.newProfile(user);
        try (EventStream silent = begun(first, user, bad);
                EventStream stream = begun(first, another, profile)) {
            redis("XADD messages:" + bad + " 9223372036854775808-0 message from-the-future");
            published(first, profile, "one");
            assertThat(text(message(stream))).isEqualTo("one");

            redis("DEL messages:" + bad);
            // What is published before the reader has looked again comes to nobody.
            await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                published(first, bad, "again");
                return silent.next(Duration.ofSeconds(1)).isPresent();
            });
        }
    }

    @Test
    void carriesWhatAnyClientOfRedisAdds() {
        try (EventStream stream = begun(first, user, profile)) {
            add(profile, "message by-any-client");
            published(first, profile, "by POST");
            add(profile, "no-message here", "message " + "x".repeat(LARGEST + 1), "message again-by-any-client");

            JsonNode one = message(stream);
            JsonNode two = message(stream);
            JsonNode three = message(stream);
            assertThat(text(one)).isEqualTo("by-any-client");
            assertThat(text(two)).isEqualTo("by POST");
            assertThat(text(three)).isEqualTo("again-by-any-client");
            assertThat(sequence(two)).isEqualTo(sequence(one) + 1);
            assertThat(sequence(three))
                    .as("an entry that is no message, and one that is too large, are gaps")
                    .isEqualTo(sequence(two) + 3);
        }
    }

    @Test
    void neverHoldsAnEntryThatIsTooLarge() {
        UUID bad = platform.newProfile(user);
        try (Instance small = platform.instance(
                        "small",
                        List.of("-XX:MaxDirectMemorySize=16m"),
                        "--kubescaler.stream.source=redis",
                        "--kubescaler.stream.messages.redis="
                                + platform.messages().uri());
                EventStream filled = begun(small, user, bad);
                EventStream stream = begun(small, another, profile)) {
            // 12 MB, made where they are kept.
            redis("EVAL \"redis.call('XADD',KEYS[1],'*','message',string.rep('x',12000000))\" 1 messages:" + bad);
            redis("EVAL \"local e={};for i=1,5000 do e[i]='x' end;redis.call('XADD',KEYS[1],'*',unpack(e,1,5000))\""
                    + " 1 messages:" + bad);
            published(first, bad, "after");
            published(first, profile, "other");

            assertThat(text(message(stream))).isEqualTo("other");
            JsonNode after = message(filled);
            assertThat(text(after)).isEqualTo("after");
            assertThat(sequence(after)).isEqualTo(3);
        } finally {
            redis("DEL messages:" + bad);
        }
    }

    @Test
    void beginsWithWhatIsNewAndNumbersItAlikeOnEveryInstance() {
        String token;
        JsonNode seen;
        published(first, profile, "before anybody streams");
        try (EventStream stream = open(first.stream(user, profile))) {
            token = token(stream);
            published(first, profile, "seen");
            seen = message(stream);
        }
        published(second, profile, "missed");
        try (EventStream resumed = open(second.stream(user, profile), token)) {
            token(resumed);
            published(first, profile, "seen again");
            JsonNode again = message(resumed);

            assertThat(text(seen)).isEqualTo("seen");
            assertThat(text(again)).isEqualTo("seen again");
            assertThat(again.get("instance").asString()).isEqualTo("second");
            assertThat(sequence(again)).isEqualTo(sequence(seen) + 2);
        }
    }

    @Test
    void keepsABoundedNumberOfMessages() {
        String[] many = IntStream.range(0, 500).mapToObj(i -> "message " + i).toArray(String[]::new);
        add(profile, many);
        published(first, profile, "after those of clients that do not bound");
        assertThat(length(profile)).isBetween((long) KEPT, (long) KEPT + NODE);

        try (EventStream stream = begun(second, user, profile)) {
            add(profile, many);
            add(profile, "message last");
            JsonNode message = message(stream);
            while (!text(message).equals("last")) {
                message = message(stream);
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(length(profile)).isBetween((long) KEPT, (long) KEPT + NODE));
    }

    @Test
    void showsHowManyOfABurstAreMissing() {
        List<String> burst =
                IntStream.range(0, 500).mapToObj(i -> "message " + i).toList();
        try (EventStream stream = begun(first, user, profile);
                EventStream other = begun(second, another, profile)) {
            published(first, profile, "before");
            long before = sequence(message(stream));
            assertThat(sequence(message(other))).isEqualTo(before);

            add(profile, burst.toArray(String[]::new));

            for (EventStream each : List.of(stream, other)) {
                int received;
                do {
                    JsonNode message = message(each);
                    received = Integer.parseInt(text(message));
                    assertThat(sequence(message)).as(text(message)).isEqualTo(before + 1 + received);
                } while (received < 499);
            }
        }
    }

    @Test
    void givesASlowClientTheNewestAndShowsTheGap() throws IOException {
        double before = first.metric(DROPPED);
        URI uri = first.stream(user, profile);
        try (Socket socket = new Socket()) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
            socket.getOutputStream()
                    .write(("GET " + uri.getPath() + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Scanner lines = new Scanner(socket.getInputStream(), StandardCharsets.UTF_8).useDelimiter("\n");
            assertThat(lines.tokens().anyMatch(line -> line.equals("event: session")))
                    .isTrue();
            try (EventStream quick = begun(first, another, profile)) {
                int published = 0;
                while (first.metric(DROPPED) <= before + 10) {
                    published(first, profile, "x".repeat(20_000));
                    message(quick);
                    published++;
                }
                published(first, profile, "the newest");
                JsonNode newest = message(quick);
                assertThat(text(newest)).isEqualTo("the newest");

                List<Long> received = new ArrayList<>();
                boolean end = false;
                while (!end) {
                    Matcher message = MESSAGE.matcher(lines.next());
                    if (message.find()) {
                        received.add(Long.valueOf(message.group(1)));
                        end = message.group(2).equals("the newest");
                    }
                }
                assertThat(received).isSorted().doesNotHaveDuplicates().endsWith(sequence(newest));
                assertThat(received).as("of " + published + " published").hasSizeLessThan(published - 9);
            }
        }
    }

    @Test
    void keepsStreamsOpenWithoutItsRedisAndGoesOnWhenItIsBack() {
        RedisProcess redis = platform.messages();
        try (EventStream stream = begun(first, user, profile)) {
            published(first, profile, "before");
            published(first, profile, "and before");
            long before = sequence(messages(stream, 2).get(1));
            EventStream begunWithout;
            assertThat(first.metric(UP)).isEqualTo(1);
            redis.kill();
            try {
                HttpResponse<String> refused = publish(first, profile, "to nobody");
                assertThat(detail(refused, 503)).contains("Redis");
                assertThat(refused.headers().firstValue("Retry-After"))
                        .hasValueSatisfying(value -> assertThat(value).matches("\\d+"));
                begunWithout = begun(second, another, profile);
                await().atMost(PATIENCE).until(() -> first.metric(UP) == 0);
            } finally {
                redis.start();
            }
            try (begunWithout) {
                double sent = second.metric(SENT);
                await().atMost(PATIENCE).until(() -> {
                    publish(first, profile, "after");
                    return second.metric(SENT) > sent;
                });
                assertThat(text(message(begunWithout))).isEqualTo("after");
                JsonNode after = message(stream);
                assertThat(text(after)).isEqualTo("after");
                assertThat(sequence(after)).as("after Redis has lost its data").isGreaterThan(before);
                await().atMost(PATIENCE).until(() -> first.metric(UP) == 1);
            }
        }
    }

    @Test
    void readsFromARedisThatStartsLater() {
        RedisProcess redis = platform.messages();
        redis.kill();
        try (Instance early = instance("early");
                EventStream stream = begun(early, user, profile)) {
            redis.start();
            await().atMost(PATIENCE).until(() -> {
                // What is published before the reader has looked comes to nobody.
                publish(early, profile, "after");
                return early.metric(SENT) > 0;
            });
            assertThat(text(message(stream))).isEqualTo("after");
        } finally {
            if (!redis.isAlive()) {
                redis.start();
            }
        }
    }

    @Test
    void putsNoMessageOnAMaster() {
        try (EventStream stream = begun(first, user, profile)) {
            published(first, profile, "one");
            published(second, profile, "two");
            assertThat(messages(stream, 2)).extracting(RedisMessagesIT::text).containsExactly("one", "two");

            assertThat(redis("EXISTS messages:" + profile)).isEqualTo(":1");
            assertThat(platform.redis())
                    .allSatisfy(master -> assertThat(RedisCommand.send(master.uri(), "KEYS messages:*"))
                            .isEqualTo("*0"));
        }
    }

    @Test
    void doesNotStartWithoutARedisOfItsOwn() {
        assertRefused("kubescaler.stream.messages.redis is not set");
        URI master = platform.redis().get(1).uri();
        assertRefused("is the master " + master.getAuthority(), "--kubescaler.stream.messages.redis=" + master);
        assertRefused(
                "localhost:" + master.getPort() + " is one of the masters under another name",
                "--kubescaler.stream.messages.redis=redis://localhost:" + master.getPort());
    }

    @Test
    void stopsPublishingOnAMasterThatItHasNotKnownAsOneAtTheStart() {
        RedisProcess master = platform.redis().get(2);
        master.kill();
        try (Instance instance = platform.instance(
                "mistaken",
                "--kubescaler.stream.source=redis",
                "--kubescaler.stream.messages.redis=redis://localhost:"
                        + master.uri().getPort())) {
            master.start();
            await().atMost(PATIENCE).until(() -> instance.metric("kubescaler_lock_nodes_up") == 3);

            await().atMost(PATIENCE)
                    .until(() -> publish(instance, profile, "text").statusCode() == 503);
            assertThat(publish(instance, profile, "text").statusCode()).isEqualTo(503);
        } finally {
            if (!master.isAlive()) {
                master.start();
            }
            RedisCommand.send(master.uri(), "DEL messages:" + profile + " messages:" + profile + ":count");
        }
    }

    private static void assertRefused(String reason, String... settings) {
        String[] all = Stream.concat(Stream.of("--kubescaler.stream.source=redis"), Stream.of(settings))
                .toArray(String[]::new);
        assertThatExceptionOfType(StartFailedException.class)
                .isThrownBy(() -> platform.instance("refused", all).close())
                .withMessageContaining("APPLICATION FAILED TO START")
                .withMessageContaining("Published messages need a Redis of their own")
                .withMessageContaining(reason);
    }

    @Test
    void saysWhatIsWrongWithAPublication() {
        URI uri = uri(first, profile);
        assertThat(detail(post(uri(first, "1-1-1-1-1"), "{\"message\":\"x\"}"), 400))
                .contains("profileId");
        assertThat(detail(post(uri, "{\"massage\":\"x\"}"), 400)).isEqualTo("massage: unknown field");
        assertThat(detail(post(uri, "{}"), 400)).isEqualTo("message: missing");
        assertThat(detail(post(uri, "{\"message\":null}"), 400)).isEqualTo("message: missing");
        for (String another : List.of("false", "1", "0.5", "[]", "{}")) {
            assertThat(detail(post(uri, "{\"message\":" + another + "}"), 400))
                    .isEqualTo("message: has the wrong type");
        }
        assertThat(detail(post(uri, "{"), 400)).isNotBlank();
        assertThat(detail(post(uri, ""), 400)).contains("body");
        assertThat(detail(publish(first, profile, "x".repeat(LARGEST + 1)), 413))
                .contains("" + LARGEST);
        assertThat(detail(publish(first, profile, "x".repeat(300_000)), 413)).contains("" + LARGEST);
        problem(Platform.send("POST", uri, "Content-Type", "application/octet-stream"), 415);
        problem(Platform.send("POST", uri, "Content-Type", "garbage"), 415);
        assertThat(post(first.url().resolve(uri.getPath()), "{\"message\":\"x\"}")
                        .statusCode())
                .as("on the public port")
                .isEqualTo(404);
    }

    @Test
    void publishesAtAPortForNothingElse() {
        int port = FreePorts.next();
        try (Instance instance = platform.publishing("port", "--kubescaler.stream.messages.port=" + port);
                EventStream stream = begun(instance, user, profile)) {
            URI management = uri(instance, profile);
            URI publishing = URI.create("http://127.0.0.1:" + port).resolve(management.getPath());
            String body = "{\"message\":\"here\"}";

            assertThat(post(publishing, body).statusCode()).isEqualTo(202);

            assertThat(message(stream).get("message").asString()).isEqualTo("here");
            assertThat(Platform.send("POST", publishing, "Origin", "http://evil.test")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(post(management, body).statusCode()).isEqualTo(404);
            for (String other :
                    List.of("/actuator/prometheus", "/actuator/health", "/", "/stream/" + user + "/" + profile)) {
                assertThat(Platform.send("GET", publishing.resolve(other)).statusCode())
                        .as(other)
                        .isEqualTo(404);
            }
            assertThat(instance.scrape()).contains(SENT);
        }
    }

    /** A page can send it without asking, and need not read the answer. */
    @Test
    void publishesNothingForAPageOfAnotherSite() {
        String[] foreign = {"Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"};

        assertThat(problem(Platform.send("POST", uri(first, profile), foreign), 403)
                        .get("type")
                        .asString())
                .isEqualTo(ProblemType.FOREIGN_PAGE.uri().toString());
        assertThat(Platform.send("GET", first.management().resolve("/actuator/health"), foreign)
                        .statusCode())
                .isEqualTo(200);
    }

    /** No operator can do anything about it. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void logsNoFailureIfAClientLeavesInTheMiddleOfABody(int linger) throws IOException {
        String handled = "http_server_requests_seconds_count\\{.*method=\"POST\".*messages\"} (.*)";
        double before = sum(handled);
        double errors = sum(ERRORS);
        Socket socket = send(
                first.management().getPort(),
                "POST " + uri(first, profile).getPath() + " HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
        // Without lingering, the connection is reset.
        socket.setSoLinger(linger >= 0, linger);
        socket.close();

        await().atMost(PATIENCE).until(() -> sum(handled) > before);
        assertThat(sum(ERRORS)).isEqualTo(errors);
    }

    /** Of the numbers that a pattern finds in the metrics. */
    private static double sum(String pattern) {
        return Pattern.compile(pattern)
                .matcher(first.scrape())
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .sum();
    }

    private static Instance instance(String name) {
        return platform.publishing(
                name,
                "--kubescaler.stream.messages.kept=" + KEPT,
                "--kubescaler.stream.messages.largest=" + LARGEST + "B");
    }

    /** A stream whose session has begun. */
    private static EventStream begun(Instance instance, UUID user, UUID profile) {
        EventStream stream = open(instance.stream(user, profile));
        token(stream);
        return stream;
    }

    private static HttpResponse<String> publish(Instance instance, UUID profile, String text) {
        return post(uri(instance, profile), JSON.writeValueAsString(Map.of("message", text)));
    }

    private static void published(Instance instance, UUID profile, String text) {
        HttpResponse<String> answer = publish(instance, profile, text);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    }

    private static URI uri(Instance instance, Object profile) {
        return instance.management().resolve("/profiles/" + profile + "/messages");
    }

    private static JsonNode message(EventStream stream) {
        return json(next(stream, "message"));
    }

    private static List<JsonNode> messages(EventStream stream, int count) {
        return Stream.generate(() -> message(stream)).limit(count).toList();
    }

    private static List<Long> numbers(long first, int count) {
        return LongStream.range(first, first + count).boxed().toList();
    }

    private static String withoutEpoch(JsonNode message) {
        return ((ObjectNode) message).deepCopy().without("epoch").toString();
    }

    private static long sequence(JsonNode message) {
        return message.get("sequence").asLong();
    }

    private static String text(JsonNode message) {
        return message.get("message").asString();
    }

    private static String detail(HttpResponse<String> answer, int status) {
        return problem(answer, status).get("detail").asString();
    }

    /** Adds entries to a profile's stream, as with redis-cli: each is a field and its value. */
    private static void add(UUID profile, String... entries) {
        Stream.of(entries).forEach(entry -> redis("XADD messages:" + profile + " * " + entry));
    }

    private static long length(UUID profile) {
        return Long.parseLong(redis("XLEN messages:" + profile).substring(1));
    }

    /** The first line of the answer. */
    private static String redis(String command) {
        String answer = RedisCommand.send(platform.messages().uri(), command);
        assertThat(answer).as(command).doesNotStartWith("-");
        return answer;
    }
}

package io.kubescaler.stream.message;

import static io.kubescaler.stream.Platform.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisProcess;
import io.kubescaler.stream.EventStream;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is published for a profile, on two instances that read it from the first of three Redis masters, all real. */
class RedisMessagesIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int KEPT = 50;
    private static final int LARGEST = 32_768;
    /** Redis drops whole nodes of a stream, which have at most so many entries. */
    private static final int NODE = 100;

    private static final String SENT = "kubescaler_stream_messages_sent_total";
    private static final String DROPPED = "kubescaler_stream_messages_dropped_total";
    private static final Pattern MESSAGE = Pattern.compile("\"sequence\":(\\d+),.*\"message\":\"([^\"]*)\"");

    private static Platform platform;
    private static Instance first;
    private static Instance second;

    private UUID user;
    private UUID another;
    private UUID profile;

    @BeforeAll
    static void start() throws IOException {
        platform = new Platform(3, RedisProcess.Durability.NONE);
        first = instance("first");
        second = instance("second");
        // Instances do not wait for the Redis of the messages before they are ready.
        for (Instance each : List.of(first, second)) {
            await().atMost(PATIENCE)
                    .until(() ->
                            publish(each, UUID.randomUUID(), "first of all").statusCode() == 202);
        }
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
        try (EventStream one = open(first, user, profile);
                EventStream two = open(first, another, profile);
                EventStream other = open(second, user, otherProfile)) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                String text = "message \"" + i + "\"\nof thirty, ä€😀";
                published(i % 2 == 0 ? first : second, profile, text);
                texts.add(text);
            }
            published(first, otherProfile, "another profile's");

            List<JsonNode> received = next(one, 30);
            assertThat(received).extracting(RedisMessagesIT::text).isEqualTo(texts);
            assertThat(received)
                    .extracting(RedisMessagesIT::sequence)
                    .isEqualTo(numbers(sequence(received.get(0)), 30));
            assertThat(received.get(0).get("instance").asString()).isEqualTo("first");
            assertThat(received.get(0).get("timestamp").asString()).endsWith("Z");
            assertThat(next(two, 30)).isEqualTo(received);
            assertThat(text(next(other))).isEqualTo("another profile's");
        }
    }

    @Test
    void carriesWhatAnyClientOfRedisAdds() {
        try (EventStream stream = open(first, user, profile)) {
            add(profile, "message by-any-client");
            published(first, profile, "by POST");
            add(profile, "no-message here", "message " + "x".repeat(LARGEST + 1), "message again-by-any-client");

            JsonNode one = next(stream);
            JsonNode two = next(stream);
            JsonNode three = next(stream);
            assertThat(text(one)).isEqualTo("by-any-client");
            assertThat(text(two)).isEqualTo("by POST");
            assertThat(text(three)).isEqualTo("again-by-any-client");
            assertThat(sequence(two)).isEqualTo(sequence(one) + 1);
            assertThat(sequence(three))
                    .as("what is no message, or too large, is a gap")
                    .isEqualTo(sequence(two) + 3);
        }
    }

    @Test
    void beginsWithWhatIsNewAndNumbersItAlikeOnEveryInstance() {
        String token;
        JsonNode seen;
        published(first, profile, "before anybody streams");
        try (EventStream stream = EventStream.open(first.stream(user, profile), null)) {
            token = stream.token();
            published(first, profile, "seen");
            seen = next(stream);
        }
        published(second, profile, "missed");
        try (EventStream resumed = EventStream.open(second.stream(user, profile), token)) {
            resumed.token();
            published(first, profile, "seen again");
            JsonNode again = next(resumed);

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

        try (EventStream stream = open(second, user, profile)) {
            add(profile, many);
            add(profile, "message last");
            JsonNode message = next(stream);
            while (!text(message).equals("last")) {
                message = next(stream);
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(length(profile)).isBetween((long) KEPT, (long) KEPT + NODE));
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
            try (EventStream quick = open(first, another, profile)) {
                int published = 0;
                while (first.metric(DROPPED) <= before + 10) {
                    published(first, profile, "x".repeat(20_000));
                    next(quick);
                    published++;
                }
                published(first, profile, "the newest");
                JsonNode newest = next(quick);
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
                assertThat(received).as("out of " + published).hasSizeLessThan(published - 9);
            }
        }
    }

    @Test
    void keepsStreamsOpenWithoutItsRedisAndGoesOnWhenItIsBack() {
        RedisProcess redis = platform.redis().get(0);
        try (EventStream stream = open(first, user, profile)) {
            published(first, profile, "before");
            published(first, profile, "and before");
            long before = sequence(next(stream, 2).get(1));
            EventStream begunWithout;
            redis.kill();
            try {
                HttpResponse<String> refused = publish(first, profile, "to nobody");
                assertThat(detail(refused, 503)).contains("Redis");
                assertThat(refused.headers().firstValue("Retry-After"))
                        .hasValueSatisfying(value -> assertThat(value).matches("\\d+"));
                begunWithout = open(second, another, profile);
            } finally {
                redis.start();
            }
            try (begunWithout) {
                double sent = second.metric(SENT);
                await().atMost(PATIENCE).until(() -> {
                    publish(first, profile, "after");
                    return second.metric(SENT) > sent;
                });
                assertThat(text(next(begunWithout))).isEqualTo("after");
                JsonNode after = next(stream);
                assertThat(text(after)).isEqualTo("after");
                assertThat(sequence(after)).as("though Redis has forgotten all").isGreaterThan(before);
            }
        }
    }

    @Test
    void saysWhatIsWrongWithAPublication() {
        URI uri = uri(first, profile);
        assertThat(detail(post(uri(first, "1-1-1-1-1"), "{\"message\":\"x\"}"), 400))
                .contains("profileId");
        assertThat(detail(post(uri, "{\"massage\":\"x\"}"), 400)).isEqualTo("massage: unknown field");
        assertThat(detail(post(uri, "{}"), 400)).isEqualTo("message: missing");
        assertThat(detail(post(uri, "{"), 400)).isNotBlank();
        assertThat(detail(post(uri, ""), 400)).contains("body");
        assertThat(detail(publish(first, profile, "x".repeat(LARGEST + 1)), 413))
                .contains("" + LARGEST);
        assertThat(detail(publish(first, profile, "x".repeat(300_000)), 413)).contains("" + LARGEST);
        problem(Platform.send("POST", uri, "Content-Type", "application/octet-stream"), 415);
        assertThat(post(first.url().resolve(uri.getPath()), "{\"message\":\"x\"}")
                        .statusCode())
                .as("on the port for everybody")
                .isEqualTo(404);
    }

    private static Instance instance(String name) {
        return platform.instance(
                name,
                "--kubescaler.stream.source=redis",
                "--kubescaler.redis.timeout=2s",
                "--kubescaler.stream.messages.kept=" + KEPT,
                "--kubescaler.stream.messages.largest=" + LARGEST + "B");
    }

    /** A stream whose session has begun. */
    private static EventStream open(Instance instance, UUID user, UUID profile) {
        EventStream stream = EventStream.open(instance.stream(user, profile), null);
        stream.token();
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

    private static JsonNode next(EventStream stream) {
        return stream.next("message").data();
    }

    private static List<JsonNode> next(EventStream stream, int count) {
        return Stream.generate(() -> next(stream)).limit(count).toList();
    }

    private static List<Long> numbers(long first, int count) {
        return LongStream.range(first, first + count).boxed().toList();
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

    private static JsonNode problem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        return JSON.readTree(answer.body());
    }

    /** Adds entries to a profile's stream, each a field and its value, as somebody at a terminal would. */
    private static void add(UUID profile, String... entries) {
        redis(Stream.of(entries)
                .map(entry -> "XADD messages:" + profile + " * " + entry)
                .toList());
    }

    private static long length(UUID profile) {
        return Long.parseLong(redis(List.of("XLEN messages:" + profile)).get(0).substring(1));
    }

    /** The first lines of the answers. */
    private static List<String> redis(List<String> commands) {
        URI uri = platform.redis().get(0).uri();
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            List<String> lines = new ArrayList<>();
            for (String command : commands) {
                socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
                String line = answers.readLine();
                assertThat(line).as(command).doesNotStartWith("-");
                if (line.startsWith("$")) {
                    answers.readLine();
                }
                lines.add(line);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

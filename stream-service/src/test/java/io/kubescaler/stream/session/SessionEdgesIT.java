package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static io.kubescaler.stream.Streams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.backing.Connections;
import io.kubescaler.backing.RawHttp;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.RefusedException;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What clients do that do not behave: they leave in the middle, stop reading, or use a token where it does not belong. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class SessionEdgesIT {

    /** The names of the keys that match, and what they hold. */
    private static final String DUMP = "EVAL \"" + """
            local words = {}
            for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
                table.insert(words, key)
                if redis.call('TYPE', key).ok == 'zset' then
                    table.insert(words, table.concat(redis.call('ZRANGE', key, 0, -1), ' '))
                else
                    table.insert(words, redis.call('GET', key))
                end
            end
            return table.concat(words, ' ')""".replace("\n", " ") + "\"";

    private static final String CONNECTIONS = "kubescaler_stream_connections";
    private static final String DROPPED = "kubescaler_stream_messages_dropped_total";
    private static final Pattern TOKEN = Pattern.compile("^id: (\\S+)$", Pattern.MULTILINE);

    private static Platform platform;
    private static Instance first;
    private static Instance second;

    private UUID user;
    private UUID profile;

    @BeforeAll
    static void start(Platform shared) {
        platform = shared;
        first = platform.instance("edges-first");
        second = platform.instance("edges-second");
    }

    @AfterAll
    static void stop() {
        try {
            for (Instance instance : List.of(first, second)) {
                await("streams of " + instance.url()).atMost(PATIENCE).until(() -> instance.metric(CONNECTIONS) == 0);
            }
        } finally {
            first.close();
            second.close();
        }
    }

    @BeforeEach
    void bindANewUserToANewProfile() {
        user = platform.newUser();
        profile = platform.newProfile(user);
    }

    @Test
    void resumesByTheHeaderThoughAnOlderTokenIsInTheAddress() {
        URI withOldToken;
        try (EventStream stream = open(first.stream(user, profile))) {
            withOldToken = URI.create(second.stream(user, profile) + "?session=" + token(stream));
        }
        String token;
        try (EventStream resumed = open(withOldToken)) {
            token = token(resumed);
        }

        try (EventStream again = open(withOldToken, token)) {
            next(again, "message");
        }
    }

    @Test
    void aSessionThatWasEndedDoesNotComeBack() {
        String token;
        try (EventStream stream = open(first.stream(user, profile))) {
            token = token(stream);
            assertThat(send("DELETE", second.stream(user, profile), "Last-Event-ID", token)
                            .statusCode())
                    .isEqualTo(204);
        }

        assertEnded(token);
        try (EventStream another = open(first.stream(user, profile))) {
            next(another, "message");
            assertEnded(token);
            next(another, "message");
        }
    }

    private void assertEnded(String token) {
        for (Instance instance : List.of(first, second)) {
            assertThatThrownBy(() -> open(instance.stream(user, profile), token).close())
                    .hasMessageContaining("answered 204");
        }
    }

    @Test
    void nothingThatRedisHoldsLetsAnybodyIn() {
        try (EventStream stream = open(first.stream(user, profile))) {
            String token = token(stream);
            next(stream, "message");
            Set<String> words = platform.redis().stream()
                    .flatMap(master -> RedisCommand.sendForLines(master.uri(), DUMP + " 0 *" + profile + "*"))
                    .flatMap(text -> Stream.of(text.split("[ :{}]+")))
                    .filter(word -> !word.isEmpty())
                    .collect(Collectors.toSet());

            assertThat(words).isNotEmpty().doesNotContain(token);
            for (String word : words) {
                assertThatThrownBy(
                                () -> open(second.stream(user, profile), word).close())
                        .hasMessageContaining("answered 409");
                assertThat(send("DELETE", second.stream(user, profile), "Last-Event-ID", word)
                                .statusCode())
                        .isEqualTo(403);
            }
            next(stream, "message");
        }
    }

    @Test
    void aTokenDoesNothingAtTheAddressOfAnotherPair() {
        UUID other = platform.newProfile(user);
        try (EventStream stream = open(first.stream(user, profile))) {
            String token = token(stream);

            try (EventStream another = open(first.stream(user, other), token)) {
                next(another, "message");
                assertThat(send("DELETE", first.stream(user, other), "Last-Event-ID", token)
                                .statusCode())
                        .isEqualTo(403);
                next(stream, "message");
                next(stream, "message");

                assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", token)
                                .statusCode())
                        .isEqualTo(204);
                assertThatThrownBy(() -> open(second.stream(user, other), token).close())
                        .hasMessageContaining("answered 409");
            }
        }
    }

    /** For example, a suspended laptop comes back with the token that it had before its user went on elsewhere. */
    @Test
    void aSessionThatWasEndedComesBackWithNoneOfItsTokens() {
        String oldest;
        String latest;
        try (EventStream stream = open(first.stream(user, profile))) {
            oldest = token(stream);
            try (EventStream resumed = open(second.stream(user, profile), oldest)) {
                latest = token(resumed);
            }
        }
        assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", latest)
                        .statusCode())
                .isEqualTo(204);

        assertEnded(oldest);
        assertEnded(latest);
    }

    @Test
    void aSessionThatWasEndedWhenItsLockHadExpiredDoesNotComeBack() {
        String token = "0123456789abcdef0123456789abcdef";
        assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", token)
                        .statusCode())
                .isEqualTo(204);

        assertEnded(token);
    }

    @Test
    void streamsWithoutChunksToAClientOfAnOlderHttp() throws IOException {
        try (Socket socket = new Socket()) {
            connect(socket, first);
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.getOutputStream()
                    .write(("GET " + first.stream(user, profile).getPath() + " HTTP/1.0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            List<String> lines = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .lines()
                    .takeWhile(line -> !line.startsWith("data: {\"sequence\":"))
                    .toList();

            assertThat(lines).noneMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("transfer-encoding"));
            assertThat(lines.subList(lines.indexOf(""), lines.size()))
                    .allMatch(line -> line.isEmpty() || line.matches("(id|event|data): .*"))
                    .contains("event: session", "event: message");
        }
    }

    @Test
    void answersWithoutChunksToAClientOfAnOlderHttp() {
        String answer = RawHttp.answer(RawHttp.send(
                first.url().getPort(),
                "HEAD " + first.stream(user, profile).getPath() + " HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n"));

        assertThat(answer)
                .startsWith("HTTP/1.0 200 ")
                .containsIgnoringCase("text/event-stream")
                .doesNotContainIgnoringCase("Transfer-Encoding");
    }

    @Test
    void aResumeThatIsCutOffLeavesThePairAsItWas() throws Exception {
        Random random = new Random(7);
        String token;
        try (EventStream stream = open(first.stream(user, profile))) {
            token = token(stream);
        }
        for (int i = 0; i < 60; i++) {
            Instance instance = i % 2 == 0 ? first : second;
            String received = cutOff(instance, token, Duration.ofNanos(random.nextInt(15_000_000)), i % 3 == 0);
            token = received == null ? token : received;

            assertThatThrownBy(() -> open(second.stream(user, profile)).close())
                    .as("for a stranger, after resume %d", i)
                    .hasMessageContaining("answered 409");
            try (EventStream resumed = open(first.stream(user, profile), token)) {
                token = token(resumed);
            }
        }
    }

    @Test
    void oneStreamIsLeftOfManyThatComeBackWithOneTokenAtOnce() throws Exception {
        String token;
        try (EventStream stream = open(first.stream(user, profile))) {
            token = token(stream);
        }
        Queue<EventStream> streams = new ConcurrentLinkedQueue<>();
        List<Thread> readers = new ArrayList<>();
        CountDownLatch answered = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            URI uri = (i % 2 == 0 ? first : second).stream(user, profile);
            Thread reader = new Thread(() -> {
                try (EventStream stream = EventStream.open(uri, token)) {
                    streams.add(stream);
                    answered.countDown();
                    while (stream.next(PATIENCE).isPresent()) {}
                } catch (RefusedException e) {
                    answered.countDown();
                }
            });
            readers.add(reader);
            reader.start();
        }
        try {
            assertThat(answered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

            // The promise is 2 s; the machine may be busy.
            await().atMost(Duration.ofSeconds(6))
                    .until(() -> readers.stream().filter(Thread::isAlive).count() == 1);
        } finally {
            streams.forEach(EventStream::close);
        }
    }

    /** Sends a resume and leaves. @return the new token, if it came before */
    private @Nullable String cutOff(Instance instance, String token, Duration after, boolean halfClose)
            throws IOException {
        try (Socket socket = new Socket()) {
            connect(socket, instance);
            socket.setSoLinger(true, 0);
            request(socket, instance.stream(user, profile), token);
            if (halfClose) {
                socket.shutdownOutput();
            }
            return tokenWithin(socket, after);
        }
    }

    private static @Nullable String tokenWithin(Socket socket, Duration limit) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] bytes = new byte[2_000];
        long end = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < end) {
            socket.setSoTimeout(1);
            try {
                int count = socket.getInputStream().read(bytes);
                if (count < 0) {
                    break;
                }
                read.write(bytes, 0, count);
            } catch (SocketTimeoutException nothingYet) {
                continue;
            }
            Matcher token = TOKEN.matcher(read.toString(StandardCharsets.UTF_8));
            if (token.find()) {
                return token.group(1);
            }
        }
        return null;
    }

    @Test
    void cutsOffAClientThatDoesNotTakeTheEndOfItsSession() throws Exception {
        assumeTrue(Connections.areListed(), "This system does not list its connections in /proc/net/tcp");
        try (Socket stalled = new Socket();
                Socket another = new Socket()) {
            String token = stall(stalled, first, null);
            token = stall(another, second, token);

            assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", token)
                            .statusCode())
                    .isEqualTo(204);

            // The promise is 2 s; the machine may be busy.
            await().atMost(Duration.ofSeconds(10)).until(() -> Connections.areGone(List.of(stalled, another)));
        }
    }

    @Test
    void cutsOffAClientThatTakesTheEndOfItsSessionTooSlowly() throws Exception {
        assumeTrue(Connections.areListed(), "This system does not list its connections in /proc/net/tcp");
        UUID another = platform.newUser();
        try (EventStream clock = open(first.stream(another, platform.newProfile(another)));
                Socket slow = new Socket()) {
            // Its own system takes all that is sent.
            slow.setReceiveBufferSize(128 * 1024);
            connect(slow, first);
            request(slow, first.stream(user, profile), null);
            String token = tokenWithin(slow, PATIENCE);
            slow.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            next(clock, "message");
            next(clock, "message");

            assertThat(send("DELETE", first.stream(user, profile), "Last-Event-ID", token)
                            .statusCode())
                    .isEqualTo(204);

            // The promise is 2 s; the machine may be busy.
            await().atMost(Duration.ofSeconds(6)).until(() -> {
                readSome(slow);
                return Connections.areGone(List.of(slow));
            });
        }
    }

    private static void readSome(Socket client) throws IOException {
        try {
            client.getInputStream().skip(500);
        } catch (SocketException reset) {
            // It is cut off.
        }
    }

    @Test
    void holdsNothingOfAClientThatStopsReadingAndLeavesByHalf() throws Exception {
        assumeTrue(Connections.areListed(), "This system does not list its connections in /proc/net/tcp");
        try (Socket stalled = new Socket()) {
            stall(stalled, first, null);

            stalled.shutdownOutput();

            await().atMost(Duration.ofSeconds(10)).until(() -> Connections.areGone(List.of(stalled)));
        }
    }

    /** Opens a stream, and stops reading after its first event, until the server has stopped sending. */
    private String stall(Socket socket, Instance instance, @Nullable String token) throws IOException {
        socket.setReceiveBufferSize(4_096);
        connect(socket, instance);
        request(socket, instance.stream(user, profile), token);
        String received = tokenWithin(socket, PATIENCE);
        assertThat(received).isNotNull();
        double before = instance.metric(DROPPED);
        await().atMost(PATIENCE).until(() -> instance.metric(DROPPED) > before + 5);
        return received;
    }

    private static void connect(Socket socket, Instance instance) throws IOException {
        socket.connect(
                new InetSocketAddress(instance.url().getHost(), instance.url().getPort()));
    }

    private static void request(Socket socket, URI stream, @Nullable String token) throws IOException {
        String request = "GET " + stream.getPath() + " HTTP/1.1\r\nHost: localhost\r\n"
                + (token == null ? "" : "Last-Event-ID: " + token + "\r\n") + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }
}

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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.kubescaler.api.Pair;
import io.kubescaler.api.RedisKeys;
import io.kubescaler.client.Event;
import io.kubescaler.client.EventParser;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Listener;
import io.kubescaler.client.Message;
import io.kubescaler.client.StreamClient;
import io.kubescaler.client.StreamException;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.service.lock.LockConfiguration;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Scanner;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Sessions on two instances while dependencies fail, and their metrics. One test at a time, on a platform of their own.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("platform of SessionFaultsIT")
class SessionFaultsIT {

    private static final String BINDING = "/profiles/%2$s/users/%1$s";
    private static final Duration LESS_THAN_A_TTL = Duration.ofSeconds(30);

    private static Platform platform;
    private static Instance first;
    private static Instance second;

    private UUID user;
    private UUID profile;

    @BeforeAll
    static void start() {
        platform = new Platform(3, RedisProcess.Durability.NONE);
        first = platform.instance("first");
        // However busy the machine is, its clients keep up with so little.
        second = platform.instance("second", "--kubescaler.stream.message-size=100B");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        platform.close();
    }

    @BeforeEach
    void bindANewUserToANewProfile() {
        user = platform.newUser();
        profile = platform.newProfile(user);
    }

    @Test
    void answers503WithoutBaseAndStreamsAgainWhenItIsBack() {
        platform.base().process().kill();
        try {
            assertUnavailable(send("GET", first.stream(user, profile)));
            staysReadyAndSaysWhatIsAway("base");
        } finally {
            platform.base().process().start();
        }
        try (EventStream stream = open(first.stream(user, profile))) {
            next(stream, "message");
        }
    }

    @Test
    void resumesASessionAndNothingElseWhileBaseIsAway() throws Exception {
        UUID free = platform.newProfile(user);
        String token;
        try (Instance killed = platform.instance("killed");
                EventStream stream = open(killed.stream(user, profile))) {
            token = token(stream);
            next(stream, "message");
            killed.process().kill();
        }
        platform.base().process().kill();
        try (Instance begun = platform.instance("begun-without-base")) {
            EventStream resumed;
            try {
                assertUnavailable(send("GET", begun.stream(user, profile)));
                assertUnavailable(send("GET", begun.stream(user, profile), "Last-Event-ID", "a-guess"));
                assertUnavailable(send("GET", begun.stream(user, free), "Last-Event-ID", token));
                resumed = open(begun.stream(user, profile), token);
            } finally {
                platform.base().process().start();
            }
            try (resumed) {
                next(resumed, "message");
                Future<Event> end = coming(resumed, "end");

                send("DELETE", platform.base().url().resolve(BINDING.formatted(user, profile)));

                assertThat(json(end.get()).get("reason").asString()).isEqualTo("unbound");
            }
        }
    }

    @Test
    void answers503WithoutAQuorumOfRedisAndStreamsAgainWhenItIsBack() {
        List<RedisProcess> two = platform.redis().subList(0, 2);
        two.forEach(RedisProcess::kill);
        try {
            assertUnavailable(send("GET", first.stream(user, profile)));
            staysReadyAndSaysWhatIsAway("redis");
        } finally {
            two.forEach(RedisProcess::start);
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            try (EventStream stream = open(first.stream(user, profile))) {
                next(stream, "message");
            }
        });
    }

    private static void staysReadyAndSaysWhatIsAway(String dependency) {
        await().atMost(PATIENCE).until(() -> health("/" + dependency) == 503);
        assertThat(health("/readiness")).isEqualTo(200);
        assertThat(health("/liveness")).isEqualTo(200);
    }

    private static int health(String path) {
        return send("GET", first.management().resolve("/actuator/health" + path))
                .statusCode();
    }

    @Test
    void streamsWithOneOfThreeRedisMastersStopped() {
        RedisProcess one = platform.redis().get(0);
        one.suspend();
        try (EventStream stream = open(first.stream(user, profile))) {
            next(stream, "message");
            assertThat(send("GET", second.stream(user, profile)).statusCode()).isEqualTo(409);
        } finally {
            one.resume();
        }
    }

    /** A master that does not answer delays the end of a release, which must not delay the end of the stream. */
    @Test
    void endsItsStreamBeforeItFreesThePair() {
        RedisProcess one = platform.redis().get(0);
        try (EventStream stream = open(second.stream(user, profile))) {
            String token = token(stream);
            next(stream, "message");
            one.suspend();
            CompletableFuture<HttpResponse<String>> ended = CompletableFuture.supplyAsync(
                    () -> send("DELETE", second.stream(user, profile), "Last-Event-ID", token));
            try (EventStream another = await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .ignoreExceptionsInstanceOf(AssertionError.class)
                    .until(() -> open(first.stream(user, profile)), Objects::nonNull)) {
                token(another);
                Instant taken = Instant.now();
                for (Event event = stream.next(PATIENCE).orElseThrow();
                        event.name().equals("message");
                        event = stream.next(PATIENCE).orElseThrow()) {
                    assertThat(Instant.parse(json(event).get("timestamp").asString()))
                            .isBefore(taken);
                }
            }
            assertThat(ended.join().statusCode()).isEqualTo(204);
        } finally {
            one.resume();
        }
    }

    @Test
    void doesNotFreeThePairBeforeTheInstanceConfirmsThatTheStreamIsOver() {
        try (EventStream stream = open(first.stream(user, profile))) {
            String token = token(stream);
            first.process().suspend();
            try {
                assertUnavailable(send("DELETE", second.stream(user, profile), "Last-Event-ID", token));
                assertThat(send("GET", second.stream(user, profile)).statusCode())
                        .isEqualTo(409);
                assertThat(send("GET", second.stream(user, profile), "Last-Event-ID", token)
                                .statusCode())
                        .isEqualTo(204);
            } finally {
                first.process().resume();
            }

            assertThat(json(next(stream, "end")).get("reason").asString()).isEqualTo("closed");
            await().atMost(LESS_THAN_A_TTL).untilAsserted(() -> {
                try (EventStream another = open(second.stream(user, profile))) {
                    next(another, "message");
                }
            });
        }
    }

    @Test
    void refusesOneMasterUnderTwoNamesAtTheStart() {
        URI master = platform.redis().get(0).uri();
        String nodes = "--kubescaler.redis.nodes=redis://localhost:" + master.getPort() + "," + master;
        SpringApplicationBuilder locks = new SpringApplicationBuilder(
                        SslAutoConfiguration.class, LockConfiguration.class, SimpleMeterRegistry.class)
                .web(WebApplicationType.NONE);

        assertThatThrownBy(() -> locks.run(nodes))
                .rootCause()
                .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                .hasMessageContaining("kubescaler.redis.nodes");
    }

    @Test
    void countsTheMessagesThatItDoesNotMakeBecauseItIsLate() {
        String skipped = "kubescaler_stream_messages_skipped_total";
        double before = first.metric(skipped);

        first.process().suspend();
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        first.process().resume();

        await().atMost(PATIENCE).until(() -> first.metric(skipped) > before + 2);
    }

    @Test
    void tellsItsClientWhenTheLockIsLost() {
        try (EventStream stream = open(second.stream(user, profile))) {
            next(stream, "message");
            for (RedisProcess node : platform.redis()) {
                setLock(node, "another");
            }

            assertThat(json(next(stream, "end")).get("reason").asString()).isEqualTo("lost");
            assertThat(stream.next(PATIENCE)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINDING, "/users/%1$s", "/profiles/%2$s"})
    void endsAStreamWhoseUserIsNoLongerBound(String deleted) {
        UUID other = platform.newUser();
        try (Instance checking = platform.instance("checking", "--kubescaler.lock.refresh-every=1s");
                EventStream stream = open(checking.stream(user, profile));
                EventStream bound = open(checking.stream(other, platform.newProfile(other)))) {
            String token = token(stream);
            next(stream, "message");

            assertThat(base("DELETE", deleted)).isEqualTo(204);

            assertThat(json(next(stream, "end")).get("reason").asString()).isEqualTo("unbound");
            assertThat(stream.next(PATIENCE)).isEmpty();
            // 204 if the masters have not freed the lock of the ended session yet.
            assertThat(send("GET", checking.stream(user, profile), "Last-Event-ID", token)
                            .statusCode())
                    .isIn(204, 403, 404);
            assertThat(send("GET", checking.stream(user, profile)).statusCode()).isIn(403, 404);
            next(bound, "message");
        }
    }

    @Test
    void freesThePairOfAUserThatIsNoLongerBoundAtOnce() {
        try (Instance checking = platform.instance("checking", "--kubescaler.lock.refresh-every=1s");
                EventStream stream = open(checking.stream(user, profile))) {
            String token = token(stream);
            assertThat(base("DELETE", BINDING)).isEqualTo(204);
            next(stream, "end");
            assertThat(base("PUT", BINDING)).isEqualTo(204);

            await().atMost(LESS_THAN_A_TTL)
                    .untilAsserted(() -> assertThat(send("GET", second.stream(user, profile), "Last-Event-ID", token)
                                    .statusCode())
                            .isEqualTo(204));
            try (EventStream again = open(second.stream(user, profile))) {
                next(again, "message");
            }
        }
    }

    @Test
    void endsNoStreamWhileBaseCannotBeAsked() {
        // This client reads nothing until base is back.
        try (Instance checking = platform.instance(
                        "checking", "--kubescaler.lock.refresh-every=1s", "--kubescaler.stream.stall-timeout=1h");
                EventStream stream = open(checking.stream(user, profile))) {
            next(stream, "message");
            platform.base().process().kill();
            try {
                double before = checks(checking);
                await().atMost(PATIENCE).until(() -> checks(checking) >= before + 3);
            } finally {
                platform.base().process().start();
            }
            assertThat(checking.metric("kubescaler_stream_connections")).isEqualTo(1);

            assertThat(base("DELETE", BINDING)).isEqualTo(204);
            assertThat(json(next(stream, "end")).get("reason").asString()).isEqualTo("unbound");
        }
    }

    /** Calls to base for batches of pairs, whatever came of them. */
    private static double checks(Instance instance) {
        return instance.scrape()
                .lines()
                .filter(line -> line.startsWith("http_client_requests_seconds_count{")
                        && line.contains("uri=\"/bindings/unbound\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private int base(String method, String path) {
        return send(method, platform.base().url().resolve(path.formatted(user, profile)))
                .statusCode();
    }

    @Test
    void losesMessagesOfASlowClientButNotItsConnection() throws IOException {
        double before = first.metric("kubescaler_stream_messages_dropped_total");
        URI uri = first.stream(user, profile);
        try (Socket socket = new Socket()) {
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
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

    /**
     * The instance wrote them, or checked their lease, before it was stopped. They arrive after that. When it goes on, it
     * may discard those that the system has not taken before it can send them; so it is stopped again until it has sent some.
     */
    @Test
    void itsLateMessagesAreDroppedByAClientThatKnowsTheSessionThatHasThePairByThen() throws IOException {
        try (Instance stopped =
                platform.instance("stopped", "--kubescaler.lock.ttl=10s", "--kubescaler.lock.refresh-every=3s")) {
            int late = 0;
            for (int i = 0; i < 10 && late == 0; i++) {
                late = lateMessages(stopped);
            }
            assertThat(late)
                    .as("messages that the instance sent when it went on")
                    .isPositive();
        }
    }

    /** Stops the instance, and checks the messages that arrive after that. Returns how many it sent when it went on. */
    private int lateMessages(Instance instance) throws IOException {
        List<SlowClient> clients = new ArrayList<>();
        try {
            double before = instance.metric("kubescaler_stream_messages_dropped_total");
            for (int i = 0; i < 10; i++) {
                clients.add(new SlowClient(instance.stream(user, platform.newProfile(user))));
            }
            await().atMost(PATIENCE)
                    .until(() -> instance.metric("kubescaler_stream_messages_dropped_total") > before + 100);
            instance.process().suspend();
            try {
                for (SlowClient client : clients) {
                    client.awaitThePairAt(second);
                    client.assertAllLate(client.takeWhatWasSent());
                }
            } finally {
                instance.process().resume();
            }
            int late = 0;
            for (SlowClient client : clients) {
                late += client.assertAllLate(client.takeTheRest());
            }
            return late;
        } finally {
            for (SlowClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void countsWhatItServes() {
        try (EventStream stream = open(second.stream(user, profile))) {
            next(stream, "message");
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
                .untilAsserted(() -> assertThat(send("GET", second.management().resolve("/actuator/health"))
                                .body())
                        .contains("\"status\":\"UP\"", "nodesUp"));
    }

    /** Has asked for a stream, and reads nothing before it is told to. */
    private static final class SlowClient implements AutoCloseable {

        private final URI stream;
        private final Socket socket = new Socket();
        private final EventParser events = new EventParser(1 << 20);
        private long newer;

        SlowClient(URI stream) throws IOException {
            this.stream = stream;
            socket.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            socket.connect(new InetSocketAddress(stream.getHost(), stream.getPort()));
            // Without chunks, the body is nothing but events.
            socket.getOutputStream()
                    .write(("GET " + stream.getPath() + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        /** Waits until another client has a session of the pair. */
        void awaitThePairAt(Instance instance) {
            try (EventStream other = await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> open(instance.url().resolve(stream.getPath())), opened -> true)) {
                newer = json(next(other, "session")).get("epoch").asLong();
            }
        }

        /** Returns how many these are. */
        int assertAllLate(List<Event> messages) throws IOException {
            assertThat(delivered(messages, 0))
                    .as("by the Java client, if it knows no newer session")
                    .hasSameSizeAs(messages);
            assertThat(delivered(messages, newer))
                    .as("by the Java client that knows the newer session")
                    .isEmpty();
            return messages.size();
        }

        /** Returns the messages that are on their way. */
        List<Event> takeWhatWasSent() throws IOException {
            socket.setSoTimeout(500);
            return read();
        }

        /** Returns the messages that come now. */
        List<Event> takeTheRest() throws IOException {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            return read();
        }

        /** Until the end of the stream, or of its patience. */
        private List<Event> read() throws IOException {
            List<Event> messages = new ArrayList<>();
            byte[] bytes = new byte[1 << 16];
            try {
                for (int count = socket.getInputStream().read(bytes); count >= 0; ) {
                    events.push(ByteBuffer.wrap(bytes, 0, count), event -> {
                        if (event.name().equals("message")) {
                            messages.add(event);
                        }
                    });
                    count = socket.getInputStream().read(bytes);
                }
            } catch (SocketTimeoutException | SocketException e) {
                // Nothing more is on its way, or the rest was discarded.
            }
            return messages;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Returns those of the messages that the Java client delivers after a session with this epoch. */
    private static List<Message> delivered(List<Event> messages, long epoch) throws IOException {
        StringBuilder stream =
                new StringBuilder("id: token\nevent: session\ndata: {\"instance\":\"another\",\"ttl\":10,"
                        + "\"since\":\"2026-11-21T05:56:17Z\",\"epoch\":" + epoch + "}\n\n");
        for (Event message : messages) {
            stream.append("event: message\ndata: ")
                    .append(message.data().replace("\n", "\ndata: "))
                    .append("\n\n");
        }
        List<Message> delivered = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> over = new CompletableFuture<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(stream.toString().getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/stream");
        StreamClient client = StreamClient.of(address)
                .backoff(PATIENCE, PATIENCE)
                .start(new Listener() {
                    @Override
                    public void message(Message message) {
                        delivered.add(message);
                    }

                    @Override
                    public void disconnected(StreamException cause, Duration retryIn) {
                        over.complete(null);
                    }
                });
        try {
            assertThat(over).succeedsWithin(PATIENCE);
        } finally {
            client.close();
            server.stop(0);
        }
        return delivered;
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
        assertThat(problem(answer, 503).toString()).contains("out of reach");
        assertThat(answer.headers().firstValue("Retry-After"))
                .hasValueSatisfying(value -> assertThat(value).matches("\\d+"));
    }
}

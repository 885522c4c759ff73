package io.kubescaler.stream.session;

import static io.kubescaler.stream.Streams.open;
import static io.kubescaler.stream.Streams.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.EventStream;
import io.kubescaler.stream.Crowd;
import io.kubescaler.stream.Crowd.Client;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Counts the bytes that the process and the kernel hold for clients. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class MemoryIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long MESSAGE = 25_000;
    private static final int SOCKET_BUFFER = 64 * 1024;

    /** The head of a response, the first event, and the framing of messages. */
    private static final long FRAMES = 2_000;

    /** All network buffers come from the pool whose metric this test reads. */
    private static final List<String> POOLED = List.of("-Dio.netty.allocator.type=pooled");

    private static Platform platform;
    private static UUID user;

    @BeforeAll
    static void start(Platform shared) {
        platform = shared;
        user = platform.newUser();
    }

    @Test
    void holdsTwoMessagesAtMostForAClientThatReadsNothing() throws IOException {
        try (Instance instance =
                        platform.instance("unread", "--kubescaler.stream.socket-buffer=" + SOCKET_BUFFER + "B");
                Crowd crowd = new Crowd()) {
            Client client = crowd.client(stream(instance)).stalling().connect();
            await().atMost(PATIENCE).until(() -> instance.metric("kubescaler_stream_messages_dropped_total") > 20);
            // From here on no byte moves.
            int port = instance.url().getPort();
            long written = (long) instance.metric("kubescaler_stream_sent_bytes_total");
            long unsent = queue(port, client.port(), 1);
            long unread = queue(client.port(), port, 2);

            System.out.printf(
                    "written %d, in the kernel %d unsent and %d unread, read %d%n",
                    written, unsent, unread, client.received());
            assertThat(unsent).as("bytes in the kernel").isBetween(1L, (long) SOCKET_BUFFER);
            assertThat(written - unsent - unread - client.received())
                    .as("bytes in the process")
                    .isBetween(-FRAMES, 2 * MESSAGE);
        }
    }

    @Test
    @Tag("long")
    void clientsThatReadNothingCostLittleAndTakeNothingFromThoseThatRead() throws Exception {
        try (Instance instance = platform.instance(
                        "half-stalled",
                        POOLED,
                        "--kubescaler.stream.message-interval=500ms",
                        "--kubescaler.stream.socket-buffer=8KB",
                        "--kubescaler.stream.stall-timeout=1h");
                Crowd crowd = new Crowd()) {
            warmUp(instance);
            Memory idle = Memory.of(instance);

            List<Client> readers = Stream.generate(() -> crowd.client(stream(instance)))
                    .limit(200)
                    .map(Client::connect)
                    .toList();
            await().atMost(PATIENCE).until(() -> readers.stream().allMatch(reader -> reader.messages() > 3));
            Memory reading = Memory.of(instance);

            List<Client> stalled = Stream.generate(() -> crowd.client(stream(instance)))
                    .limit(200)
                    .map(client -> client.stalling().connect())
                    .toList();
            await().atMost(PATIENCE).until(() -> stalled.stream().allMatch(Client::isStreaming));
            double before = instance.metric("kubescaler_stream_messages_dropped_total");
            long readBefore = sum(readers, Client::messages);
            await().atMost(PATIENCE)
                    .until(() -> instance.metric("kubescaler_stream_messages_dropped_total")
                            > before + 10.0 * stalled.size());
            Memory all = Memory.of(instance);
            long read = sum(readers, Client::messages) - readBefore;

            System.out.printf("idle %s%nwith 200 that read %s%nwith 200 more that do not %s%n", idle, reading, all);
            System.out.printf("read %d, missed %d%n", read, sum(readers, Client::missed));
            assertThat(read).isGreaterThan(9L * readers.size());
            // What all of them missed, a busy machine did not make in time.
            long late = readers.stream().mapToLong(Client::missed).min().orElseThrow();
            assertThat(sum(readers, Client::missed) - late * readers.size()).isLessThan(read / 100);
            assertThat((all.heap + all.direct - reading.heap - reading.direct) / stalled.size())
                    .as("bytes per stalled client")
                    .isLessThan(100_000);
            assertThat((all.direct - reading.direct) / stalled.size())
                    .as("bytes outside the heap per stalled client")
                    .isLessThan(2 * MESSAGE);
            assertThat((reading.direct - idle.direct) / readers.size())
                    .as("bytes outside the heap per client that reads")
                    .isLessThan(MESSAGE / 5);
            assertThat((all.byteArrays - idle.byteArrays) / (readers.size() + stalled.size()))
                    .as("bytes of byte[] per stream")
                    .isLessThan(MESSAGE / 5);
        }
    }

    @Test
    @Tag("long")
    void quietStreamsTakeLittleOfTheHeap() throws Exception {
        quietStreams(10, 100);
    }

    @Test
    @Tag("long")
    void tenThousandQuietStreamsTakeLittleOfTheHeap() throws Exception {
        quietStreams(100, 100);
    }

    private static void quietStreams(int groups, int groupSize) throws Exception {
        int streams = groups * groupSize;
        assumeThat(Admission.openFiles())
                .as("limit of open files of this process, and of the instance as its child")
                .isGreaterThan(streams + 500L);
        List<UUID> users = Stream.generate(platform::newUser).limit(groupSize).toList();
        try (Instance instance = platform.instance(
                        "quiet",
                        List.of("-Xmx512m", POOLED.get(0)),
                        "--kubescaler.stream.limits.streams=" + streams,
                        "--kubescaler.stream.message-size=100B",
                        "--kubescaler.stream.message-interval=5s");
                Crowd crowd = new Crowd()) {
            warmUp(instance);
            Memory idle = Memory.of(instance);

            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < groups; i++) {
                UUID profile = platform.newProfile(users.toArray(UUID[]::new));
                List<Client> group = users.stream()
                        .map(each ->
                                crowd.client(instance.stream(each, profile)).connect())
                        .toList();
                await().atMost(PATIENCE).until(() -> group.stream().allMatch(Client::isStreaming));
                clients.addAll(group);
            }
            await().atMost(PATIENCE).until(() -> clients.stream().allMatch(client -> client.messages() > 0));
            Memory all = Memory.of(instance);

            System.out.printf("idle %s%nwith %d quiet streams %s%n", idle, streams, all);
            assertThat(instance.metric("kubescaler_stream_connections")).isEqualTo(streams);
            assertThat((all.heap - idle.heap) / streams)
                    .as("bytes of heap per quiet stream")
                    .isLessThan(15_000);
        }
    }

    @Test
    void closesTheConnectionOfAClientThatReadsNothingAndItsLockExpires() {
        try (Instance instance = platform.instance(
                        "impatient",
                        "--kubescaler.stream.stall-timeout=1s",
                        "--kubescaler.redis.timeout=500ms",
                        "--kubescaler.lock.ttl=4s",
                        "--kubescaler.lock.refresh-every=1s");
                Crowd crowd = new Crowd()) {
            Client reader = crowd.client(stream(instance)).connect();
            await().atMost(PATIENCE).until(reader::isStreaming);
            URI stream = stream(instance);
            Client stalled = crowd.client(stream).stalling().connect();
            await().atMost(PATIENCE).until(stalled::isStreaming);
            await("the server ends the stream")
                    .atMost(PATIENCE)
                    .until(() -> instance.metric("kubescaler_stream_connections") == 1);
            await("another client gets the lock").atMost(PATIENCE).until(() -> begins(stream));
            assertThat(reader.since()).as("one session").hasSize(1);
        }
    }

    private static boolean begins(URI stream) {
        try (EventStream begun = open(stream)) {
            return !token(begun).isEmpty();
        } catch (AssertionError e) {
            return false; // Another client still has the lock.
        }
    }

    private static URI stream(Instance instance) {
        return instance.stream(user, platform.newProfile(user));
    }

    /** The first streams load classes and fill pools and caches, which must not count as memory of streams. */
    private static void warmUp(Instance instance) {
        for (int i = 0; i < 20; i++) {
            try (EventStream stream = open(stream(instance))) {
                token(stream);
            }
        }
        await().atMost(PATIENCE).until(() -> instance.metric("kubescaler_stream_connections") == 0);
    }

    private static long sum(List<Client> clients, ToLongFunction<Client> number) {
        return clients.stream().mapToLong(number).sum();
    }

    /** Bytes that the kernel holds for a connection: not sent yet (1), or not read yet (2). */
    private static long queue(int localPort, int remotePort, int queue) throws IOException {
        Pattern row = Pattern.compile(
                "\\d+: \\p{XDigit}+:%04X \\p{XDigit}+:%04X \\p{XDigit}+ (\\p{XDigit}+):(\\p{XDigit}+) .*"
                        .formatted(localPort, remotePort));
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/net", table))) {
                Matcher matcher = row.matcher(line.strip());
                if (matcher.matches()) {
                    return Long.parseLong(matcher.group(queue), 16);
                }
            }
        }
        throw new AssertionError("The connection is missing");
    }

    /**
     * The memory that an instance uses after a garbage collection, in bytes. Memory that the process reserves for later
     * does not count: on a busy machine it reserves more.
     *
     * @param heap live objects
     * @param byteArrays live objects that are byte[]
     * @param direct used buffers outside the heap
     */
    private record Memory(long heap, long byteArrays, long direct) {

        static Memory of(Instance instance) throws IOException {
            String histogram = jcmd(instance.process().pid(), "GC.class_histogram");
            return new Memory(
                    number("\nTotal\\s+\\d+\\s+(\\d+)", histogram),
                    number("\\s+(\\d+)\\s+\\[B \\(", histogram),
                    number(
                            "\nnetty_allocator_memory_pinned\\{[^\n]*memory_type=\"direct\"[^\n]*} (\\S+)",
                            instance.scrape()));
        }

        private static String jcmd(long pid, String command) throws IOException {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(pid),
                            command)
                    .redirectErrorStream(true)
                    .start();
            return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        private static long number(String pattern, String text) {
            Matcher matcher = Pattern.compile(pattern).matcher(text);
            assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
            return (long) Double.parseDouble(matcher.group(1));
        }
    }
}

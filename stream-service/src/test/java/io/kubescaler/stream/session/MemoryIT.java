package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.RedisProcess;
import io.kubescaler.stream.Crowd;
import io.kubescaler.stream.Crowd.Client;
import io.kubescaler.stream.EventStream;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the process and the kernel hold for clients, counted in bytes. */
class MemoryIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long MESSAGE = 25_000;
    private static final int SOCKET_BUFFER = 64 * 1024;

    /** The head of a response, the first event, and what frames messages. */
    private static final long FRAMES = 2_000;

    private static Platform platform;
    private static UUID user;

    @BeforeAll
    static void start() throws IOException {
        platform = new Platform(3, RedisProcess.Durability.NONE);
        user = platform.newUser();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void holdsTwoMessagesAtMostForAClientThatReadsNothing() throws IOException {
        try (Instance instance =
                        platform.instance("unread", "--kubescaler.stream.socket-buffer=" + SOCKET_BUFFER + "B");
                Crowd crowd = new Crowd()) {
            Client client = crowd.client(stream(instance)).stalling().connect();
            await().atMost(PATIENCE).until(() -> instance.metric("kubescaler_stream_messages_dropped_total") > 20);
            // From here on nothing moves.
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
    void closesTheConnectionOfAClientThatReadsNothingAndItsLockExpires() {
        try (Instance instance = platform.instance(
                        "impatient",
                        "--kubescaler.stream.stall-timeout=1s",
                        "--kubescaler.lock.ttl=4s",
                        "--kubescaler.lock.refresh-every=1s");
                Crowd crowd = new Crowd()) {
            Client reader = crowd.client(stream(instance)).connect();
            await().atMost(PATIENCE).until(reader::isStreaming);
            URI stream = stream(instance);
            Client stalled = crowd.client(stream).stalling().connect();
            await().atMost(PATIENCE).until(stalled::isStreaming);
            await("its end by the server")
                    .atMost(PATIENCE)
                    .until(() -> instance.metric("kubescaler_stream_connections") == 1);
            await("the lock for another")
                    .atMost(PATIENCE)
                    .until(() -> EventStream.ask(stream, null).statusCode() == 200);
            assertThat(reader.since()).as("one beginning").hasSize(1);
        }
    }

    private static URI stream(Instance instance) {
        return instance.stream(user, platform.newProfile(user));
    }

    /** Bytes that the kernel holds for a connection: what is not sent yet (1) or not read yet (2). */
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
        throw new AssertionError("no such connection");
    }
}

package io.kubescaler.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Very many connections and requests of some clients: the streams of others lose nothing. */
@Tag("long")
@ExtendWith(SharedLocal.class)
class FloodIT {

    private static final int STREAMS = 4;
    private static final int CONNECTIONS = 10_000;

    /** From one address of this machine to one port, there are not so many. */
    private static final int PER_ADDRESS = 2_500;

    private static final int SLOW = 300;
    private static final Duration FLOOD = Duration.ofSeconds(5);
    private static final int PER_SECOND = 150;

    private static final String POST = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /main/access HTTP/1.1\r\nX: "})
    @Timeout(300)
    void connectionsWithoutAWholeRequestTakeNothingFromOthers(String sent, RunningLocal local) throws Exception {
        assumeTrue(openFiles() > CONNECTIONS + 2_000, "SKIPPED: this needs ulimit -n 12000 or more");
        try (Audience audience = new Audience(local, STREAMS)) {
            for (int port : doors(local)) {
                List<SocketChannel> idle = new ArrayList<>();
                try {
                    for (int i = 0; i < CONNECTIONS; i++) {
                        idle.add(send(i / PER_ADDRESS, port, sent));
                    }
                    audience.assertGoesOn();
                    if (!sent.isEmpty()) {
                        // Without a request, they may take all connections of main until its patience ends.
                        assertServes(local);
                    }
                } finally {
                    close(idle);
                }
                assertServes(local);
            }
            audience.assertGoesOn();
        }
    }

    @Test
    @Timeout(300)
    void slowRequestsTakeNothingFromOthers(RunningLocal local) throws Exception {
        try (Audience audience = new Audience(local, STREAMS)) {
            List<SocketChannel> slow = new ArrayList<>();
            try {
                for (int port : doors(local)) {
                    for (int i = 0; i < SLOW; i++) {
                        slow.add(send(0, port, "GET /main/users HTTP/1.1\r\nHost: local"));
                        slow.add(send(0, port, POST.formatted("/main/testdata") + "Content-Length: 1000\r\n\r\n{"));
                        slow.add(send(
                                0,
                                port,
                                "GET /main/access HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"));
                    }
                }
                for (int i = 0; i < 20; i++) {
                    for (SocketChannel each : slow) {
                        drip(each);
                    }
                    assertServes(local);
                }
                audience.assertGoesOn();
            } finally {
                close(slow);
            }
            assertServes(local);
        }
    }

    /** 409, 403 and 404. Those with 401 are cheaper; they ask no other service. */
    @Test
    @Timeout(300)
    void refusedStreamsTakeNothingFromOthers(RunningLocal local) throws Exception {
        // The first of many requests cost more: code that has not run often is compiled.
        flood(local.gateway("/stream/" + UUID.randomUUID() + "/" + UUID.randomUUID()));
        try (Audience audience = new Audience(local, STREAMS)) {
            String[] taken = audience.pair().split("/");
            String stranger = local.create("/users", "{}");
            Map<String, Integer> expected = Map.of(
                    "/stream/" + audience.pair(), 409,
                    "/stream/" + stranger + "/" + taken[1], 403,
                    "/stream/" + UUID.randomUUID() + "/" + taken[1], 404);
            for (Map.Entry<String, Integer> each : expected.entrySet()) {
                Map<Integer, Integer> answers = flood(local.gateway(each.getKey()));
                assertThat(answers.keySet()).as(answers.toString()).containsOnly(each.getValue());
                assertThat(answers.get(each.getValue())).isGreaterThan(500);
                audience.assertGoesOn();
            }
            HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(local.base("/users/" + stranger))
                                    .DELETE()
                                    .build(),
                            BodyHandlers.discarding());
        }
    }

    /** How often each status was answered. */
    private static Map<Integer, Integer> flood(URI uri) {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Map<Integer, Integer> answers = new ConcurrentHashMap<>();
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", "text/event-stream")
                .timeout(Duration.ofMinutes(1))
                .build();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        List<CompletableFuture<?>> all = new CopyOnWriteArrayList<>();
        ScheduledFuture<?> flood = clock.scheduleAtFixedRate(
                () -> all.add(http.sendAsync(request, BodyHandlers.ofString())
                        .handle((received, failure) ->
                                answers.merge(failure == null ? received.statusCode() : 0, 1, Integer::sum))),
                0,
                TimeUnit.SECONDS.toNanos(1) / PER_SECOND,
                TimeUnit.NANOSECONDS);
        await().pollDelay(FLOOD).until(() -> all.size() >= PER_SECOND * FLOOD.toSeconds());
        flood.cancel(false);
        clock.shutdown();
        await().atMost(Duration.ofMinutes(2)).until(() -> all.stream().allMatch(CompletableFuture::isDone));
        return answers;
    }

    private static int[] doors(RunningLocal local) {
        return new int[] {
            local.ports().gateway(),
            local.ports().main(),
            local.ports().streams().get(0)
        };
    }

    private static void assertServes(RunningLocal local) throws IOException, InterruptedException {
        assertThat(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(local.gateway("/main/access"))
                                        .timeout(Duration.ofSeconds(30))
                                        .build(),
                                BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
    }

    private static SocketChannel connect(int address, int port) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (address + 1)}), 0));
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return channel;
    }

    private static SocketChannel send(int address, int port, String text) throws IOException {
        SocketChannel channel = connect(address, port);
        channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
        channel.configureBlocking(false);
        return channel;
    }

    private static void drip(SocketChannel channel) {
        try {
            channel.write(ByteBuffer.wrap(new byte[] {' '}));
        } catch (IOException e) {
            // The server has closed it, as it may.
        }
    }

    private static void close(List<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }

    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
    }
}

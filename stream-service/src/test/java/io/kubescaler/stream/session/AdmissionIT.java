package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.stream.Crowd;
import io.kubescaler.stream.Crowd.Client;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An instance with more clients than it can serve. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class AdmissionIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static Platform platform;
    private static UUID user;

    @BeforeAll
    static void start(Platform shared) {
        platform = shared;
        user = platform.newUser();
    }

    @Test
    void refusesWhatIsTooManyBeforeItAsksBaseOrTakesALock() {
        try (Instance instance = platform.instance(
                        "limited", "--kubescaler.stream.limits.streams=5", "--kubescaler.stream.message-size=100B");
                Crowd crowd = new Crowd()) {
            List<Client> clients = streams(instance, 40).stream()
                    .map(crowd::client)
                    .map(Client::connect)
                    .toList();
            await().atMost(PATIENCE)
                    .until(() -> clients.stream().allMatch(AdmissionIT::isAnswered) && streaming(clients) == 5);
            await().atMost(PATIENCE).until(() -> refused(instance, "streams") >= 35);

            List<String> retryAfter = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HttpResponse<String> refused = send("GET", instance.stream(user, UUID.randomUUID()));
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
                assertThat(refused.body())
                        .as("even for a profile that base does not know")
                        .contains("Instance is full");
                retryAfter.add(refused.headers().firstValue("Retry-After").orElseThrow());
            }
            assertThat(retryAfter.stream().distinct())
                    .as("different waits, so that not all clients come back at once")
                    .hasSizeGreaterThan(1);

            List<Client> leaving =
                    clients.stream().filter(Client::isStreaming).limit(2).toList();
            leaving.forEach(Client::leave);
            await("others come back and get the places").atMost(PATIENCE).until(() -> streaming(clients) == 5);
            assertThat(clients)
                    .as("no lock was taken for a rejected client: later tries would get 409")
                    .allMatch(client -> client.refusals().stream().allMatch(status -> status == 503));
        }
    }

    @Test
    void takesNoMoreStreamsThanItsBytesPerSecondAreEnoughFor() {
        try (Instance instance = platform.instance(
                        "narrow",
                        "--kubescaler.stream.limits.bytes-per-second=25000B",
                        "--kubescaler.stream.message-size=1000B");
                Crowd crowd = new Crowd()) {
            List<Client> clients = streams(instance, 4).stream()
                    .map(crowd::client)
                    .map(Client::connect)
                    .toList();
            await().atMost(PATIENCE)
                    .until(() -> clients.stream().allMatch(AdmissionIT::isAnswered) && streaming(clients) == 2);
            await().atMost(PATIENCE).until(() -> refused(instance, "bytes") >= 2);
            assertThat(instance.metric("kubescaler_stream_limit")).isEqualTo(2);
        }
    }

    /** The rate of published messages is unknown when a stream begins. */
    @Test
    void takesStreamsOfWhatIsPublishedWhateverTheBytesPerSecondAre() {
        try (Instance instance = platform.publishing(
                        "published",
                        "--kubescaler.stream.limits.streams=3",
                        "--kubescaler.stream.limits.bytes-per-second=1B");
                Crowd crowd = new Crowd()) {
            List<Client> clients = streams(instance, 4).stream()
                    .map(crowd::client)
                    .map(Client::connect)
                    .toList();
            await().atMost(PATIENCE)
                    .until(() -> clients.stream().allMatch(AdmissionIT::isAnswered) && streaming(clients) == 3);
            await().atMost(PATIENCE).until(() -> refused(instance, "streams") >= 1);
        }
    }

    /** Connections without a request use up its files. */
    @Test
    void servesAgainAfterItHadNoFileLeftAndItsStreamsGoOnMeanwhile() throws Exception {
        try (Instance instance = platform.instance(
                        "few-files", "--kubescaler.stream.message-size=100B", "--server.netty.idle-timeout=10s");
                Crowd crowd = new Crowd()) {
            List<Client> clients = streams(instance, 10).stream()
                    .map(crowd::client)
                    .map(Client::connect)
                    .toList();
            URI another = streams(instance, 1).get(0);
            await().atMost(PATIENCE).until(() -> clients.stream().allMatch(Client::isStreaming));
            long limit = files(instance) + 20;
            assertThat(new ProcessBuilder(
                                    "prlimit", "--pid=" + instance.process().pid(), "--nofile=" + limit)
                            .inheritIO()
                            .start()
                            .waitFor())
                    .isZero();
            List<Socket> idle = new ArrayList<>();
            try {
                for (int i = 0; i < 40; i++) {
                    idle.add(new Socket(instance.url().getHost(), instance.url().getPort()));
                }
                await().atMost(PATIENCE).until(() -> files(instance) >= limit);
                Client late = crowd.client(another).connect();
                List<Long> before = clients.stream().map(Client::messages).toList();
                await().atMost(PATIENCE)
                        .until(() -> IntStream.range(0, clients.size())
                                .allMatch(i -> clients.get(i).messages() > before.get(i) + 50));

                await().atMost(PATIENCE).until(late::isStreaming);
                assertThat(clients)
                        .allMatch(
                                client -> client.isStreaming() && client.since().size() == 1);
            } finally {
                for (Socket socket : idle) {
                    socket.close();
                }
            }
        }
    }

    /** Clients come one after the other, so that each holds a different message in memory. */
    @Test
    @Tag("long")
    void hasMemoryForAsManyStalledClientsAsItTakesByItself() {
        try (Instance small = platform.instance(
                        "small",
                        List.of("-Xmx96m"),
                        "--kubescaler.stream.message-size=250000B",
                        "--kubescaler.stream.message-interval=20ms",
                        "--kubescaler.stream.socket-buffer=8KB",
                        "--kubescaler.stream.stall-timeout=1h");
                Crowd crowd = new Crowd()) {
            Client first = crowd.client(streams(small, 1).get(0)).stalling().connect();
            await().atMost(PATIENCE).until(first::isStreaming);
            while (small.metric("kubescaler_stream_refused_total{reason=\"streams\"}") == 0) {
                Client next = crowd.client(streams(small, 1).get(0)).stalling().connect();
                await().atMost(PATIENCE).until(() -> isAnswered(next));
            }
            assertThat(small.metric("kubescaler_stream_connections")).isGreaterThan(50);

            first.read();
            await("messages for one that reads").atMost(PATIENCE).until(() -> first.messages() > 50);
            assertThat(small.metric("kubescaler_stream_connections")).isGreaterThan(50);
        }
    }

    private static boolean isAnswered(Client client) {
        return client.isStreaming() || !client.refusals().isEmpty();
    }

    /** On a busy machine, base may be too slow for some, so that they are refused for another reason at first. */
    private static double refused(Instance instance, String reason) {
        return instance.metric("kubescaler_stream_refused_total{reason=\"" + reason + "\"}");
    }

    private static long streaming(List<Client> clients) {
        return clients.stream().filter(Client::isStreaming).count();
    }

    private static List<URI> streams(Instance instance, int count) {
        return Stream.generate(() -> instance.stream(user, platform.newProfile(user)))
                .limit(count)
                .toList();
    }

    private static long files(Instance instance) {
        try (Stream<Path> open =
                Files.list(Path.of("/proc", Long.toString(instance.process().pid()), "fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

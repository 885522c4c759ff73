package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.kubescaler.backing.NetworkNamespace;
import io.kubescaler.client.EventStream;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients whose network goes: one that reads, and one that has stopped. That needs root on Linux, ip, ss and curl.
 */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class VanishedClientIT {

    private NetworkNamespace network;
    private final List<Process> clients = new ArrayList<>();

    @BeforeEach
    void connectANamespace() {
        try {
            NetworkNamespace.run("curl", "-V");
            network = new NetworkNamespace();
        } catch (IOException e) {
            abort("No client vanishes: " + e.getMessage());
        }
    }

    @AfterEach
    void removeIt() {
        clients.forEach(Process::destroyForcibly);
        if (network != null) {
            network.close();
        }
    }

    /** @param interval between messages: much to send, or nothing but comments */
    @ParameterizedTest
    @ValueSource(strings = {"100ms", "1h"})
    void freesThePairsOfClientsThatHaveVanished(String interval, Platform platform) throws Exception {
        try (Instance instance = platform.instance(
                "vanished-" + interval,
                "--kubescaler.stream.message-interval=" + interval,
                "--server.address=0.0.0.0",
                "--kubescaler.stream.keep-alive=1s",
                "--kubescaler.lock.ttl=10s",
                "--kubescaler.lock.refresh-every=3s")) {
            URI read = stream(platform, instance);
            URI unread = stream(platform, instance);
            NetworkNamespace.run("kill", "-STOP", "" + connect(instance, unread).pid());
            connect(instance, read);
            if (interval.equals("100ms")) {
                await().atMost(PATIENCE).until(this::isAClientsSystemFull);
            }
            for (URI stream : List.of(read, unread)) {
                assertThat(send("GET", stream).statusCode()).isEqualTo(409);
            }

            network.vanish();

            for (URI stream : List.of(read, unread)) {
                await().atMost(PATIENCE.dividedBy(4)).ignoreExceptions().until(() -> {
                    try (EventStream next = open(stream)) {
                        return next(next, "session") != null;
                    } catch (AssertionError taken) {
                        return false;
                    }
                });
            }
            assertThat(instance.scrape())
                    .doesNotContainPattern("kubescaler_lock_lost_total\\{reason=\"expired\"} [1-9]");
        }
    }

    private static URI stream(Platform platform, Instance instance) {
        UUID user = platform.newUser();
        return instance.stream(user, platform.newProfile(user));
    }

    /** Starts a client in the namespace, and waits for its session. */
    private Process connect(Instance instance, URI stream) throws IOException {
        Path received = Files.createTempFile(Path.of("target"), "vanished", "");
        Process client = network.curl(
                received,
                "-sN",
                "http://" + network.here() + ":" + instance.url().getPort() + stream.getPath());
        clients.add(client);
        await().atMost(PATIENCE).until(() -> Files.readString(received).contains("event: session"));
        return client;
    }

    /** Then nothing is on the way to it but probes, in growing intervals. */
    private boolean isAClientsSystemFull() throws IOException {
        return NetworkNamespace.run("ss", "-tnoH", "dst", network.there()).contains("timer:(persist");
    }
}

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client whose network goes, in a network namespace of its own. That needs root on Linux, ip and curl.
 */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class VanishedClientIT {

    private NetworkNamespace network;
    private Process client;

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
        if (client != null) {
            client.destroyForcibly();
        }
        if (network != null) {
            network.close();
        }
    }

    /** @param interval between messages: much to send, or nothing but comments */
    @ParameterizedTest
    @ValueSource(strings = {"100ms", "1h"})
    void freesThePairOfAClientThatHasVanished(String interval, Platform platform) throws Exception {
        UUID user = platform.newUser();
        UUID profile = platform.newProfile(user);
        try (Instance instance = platform.instance(
                "vanished-" + interval,
                "--kubescaler.stream.message-interval=" + interval,
                "--server.address=0.0.0.0",
                "--kubescaler.stream.keep-alive=1s",
                "--kubescaler.lock.ttl=10s",
                "--kubescaler.lock.refresh-every=3s")) {
            Path received = Path.of("target", "vanished-" + interval);
            Files.deleteIfExists(received);
            client = network.curl(
                    received,
                    "-sN",
                    "http://" + network.here() + ":" + instance.url().getPort()
                            + instance.stream(user, profile).getPath());
            await().atMost(PATIENCE)
                    .until(() ->
                            Files.exists(received) && Files.readString(received).contains("event: session"));
            assertThat(send("GET", instance.stream(user, profile)).statusCode()).isEqualTo(409);

            network.vanish();

            await().atMost(PATIENCE.dividedBy(4)).ignoreExceptions().until(() -> {
                try (EventStream stream = open(instance.stream(user, profile))) {
                    return next(stream, "session") != null;
                } catch (AssertionError taken) {
                    return false;
                }
            });
            assertThat(instance.scrape()).doesNotContain("kubescaler_lock_lost_total{reason=\"expired\"} 1");
        }
    }
}

package io.kubescaler.stream.session;

import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.PATIENCE;
import static io.kubescaler.stream.Streams.next;
import static io.kubescaler.stream.Streams.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.client.EventStream;
import io.kubescaler.stream.Platform;
import io.kubescaler.stream.Platform.Instance;
import io.kubescaler.stream.SharedPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client whose network goes, in a network namespace of its own. That needs root on Linux, ip and curl. One test at a
 * time.
 */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the namespace of VanishedClientIT")
class VanishedClientIT {

    private static final String HERE = "10.213.77.1";
    private static final String THERE = "10.213.77.2";

    private final String space = "kubescaler-" + ProcessHandle.current().pid();
    private final String link = "ks" + ProcessHandle.current().pid();
    private final List<Process> clients = new ArrayList<>();

    @BeforeEach
    void connectANamespace() throws Exception {
        assumeTrue(
                Files.isWritable(Path.of("/run")) && run("ip", "netns", "add", space) == 0 && run("curl", "-V") == 0,
                "A network namespace needs root on Linux, ip and curl: no client vanishes");
        for (String command : List.of(
                "ip link add " + link + " type veth peer name peer netns " + space,
                "ip address add " + HERE + "/30 dev " + link,
                "ip link set " + link + " up",
                "ip -n " + space + " address add " + THERE + "/30 dev peer",
                "ip -n " + space + " link set peer up")) {
            assumeTrue(run(command.split(" ")) == 0, () -> "No client vanishes, because this failed: " + command);
        }
    }

    @AfterEach
    void removeIt() throws Exception {
        clients.forEach(Process::destroyForcibly);
        run("ip", "netns", "delete", space);
        run("ip", "link", "delete", link);
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
            Path received = Path.of("target", space + interval);
            clients.add(new ProcessBuilder(
                            "ip",
                            "netns",
                            "exec",
                            space,
                            "curl",
                            "-sN",
                            "http://" + HERE + ":" + instance.url().getPort()
                                    + instance.stream(user, profile).getPath())
                    .redirectOutput(received.toFile())
                    .start());
            await().atMost(PATIENCE)
                    .until(() ->
                            Files.exists(received) && Files.readString(received).contains("event: session"));
            assertThat(send("GET", instance.stream(user, profile)).statusCode()).isEqualTo(409);

            // Packets for it are lost from now on, without a word.
            assertThat(run("ip", "-n", space, "address", "delete", THERE + "/30", "dev", "peer"))
                    .isZero();

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

    /** The exit code; -1 if the program is missing, or does not end. */
    private static int run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException missing) {
            return -1;
        }
    }
}

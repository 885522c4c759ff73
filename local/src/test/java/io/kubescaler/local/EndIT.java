package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is left when local ends: the data, and no process. */
@Execution(ExecutionMode.CONCURRENT)
class EndIT {

    /** Cassandra, three Redis masters and the Redis of messages, base, main and two stream instances. */
    private static final int PARTS = 9;

    @Test
    void leavesNoProcessBehindAndKeepsItsData() throws Exception {
        try (RunningLocal local = RunningLocal.create("restarts")) {
            local.start();
            send(HttpRequest.newBuilder(local.gateway("/main/testdata"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"users\": 3, \"profiles\": 2}")));
            String users = users(local);
            assertThat(users).contains("\"id\"");

            List<ProcessHandle> first = local.children().toList();
            assertThat(first).hasSize(PARTS);
            local.terminate();
            assertThat(first).noneMatch(ProcessHandle::isAlive);

            local.start();
            assertThat(users(local)).isEqualTo(users);

            List<ProcessHandle> second = local.children().toList();
            assertThat(second).hasSize(PARTS);
            local.kill();
            await().untilAsserted(() -> assertThat(second).noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void saysWhichPortIsTakenAndWhichSettingChangesIt() throws Exception {
        try (RunningLocal local = RunningLocal.create("port-taken");
                var taken = new ServerSocket(local.ports().streams().get(1), 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(local::start)
                    .hasMessageContaining("Port " + taken.getLocalPort() + " of 127.0.0.1 is taken")
                    .hasMessageContaining("--kubescaler.local.ports.streams=");
        }
    }

    @Test
    void endsWhatItHasStartedWhenAPartCannotBe() throws Exception {
        try (RunningLocal local = RunningLocal.create("start-fails")) {
            Files.createDirectories(local.data());
            Files.writeString(local.data().resolve("cassandra"), "in the way of Cassandra's folder");

            assertThatThrownBy(local::start).hasMessageContaining("Cassandra did not start");

            assertThat(local.printed()).contains("redis-3");
            assertThat(ProcessHandle.allProcesses().map(ProcessHandle::info))
                    .noneMatch(info ->
                            info.commandLine().orElse("").contains(local.data().toString()));
            // The command line of a Redis does not name the folder.
            assertThat(local.ports().redis()).allMatch(FreePorts::isFree);
        }
    }

    private static String users(RunningLocal local) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(local.gateway("/main/users"))).body();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }
}

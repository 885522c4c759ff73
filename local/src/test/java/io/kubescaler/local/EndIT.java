package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubescaler.access.AccessMode;
import io.kubescaler.processes.FreePorts;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import tools.jackson.databind.json.JsonMapper;

/** What is left when local ends: the data, and no process. */
@Execution(ExecutionMode.CONCURRENT)
class EndIT {

    /** Cassandra, three Redis masters and the Redis of messages, base, main and two stream instances. */
    private static final int PARTS = 9;

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void leavesNoProcessBehindAndKeepsItsData() throws Exception {
        try (RunningLocal local = RunningLocal.create("restarts", AccessMode.TOKEN)) {
            local.start();
            String admin = token(local, "--admin");
            send(
                    admin,
                    HttpRequest.newBuilder(local.gateway("/main/testdata"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"users\": 3, \"profiles\": 2}")));
            String users = users(local, admin);
            assertThat(users).contains("\"id\"");
            assertThat(send("", HttpRequest.newBuilder(local.gateway("/main/users")))
                            .statusCode())
                    .isEqualTo(401);

            List<ProcessHandle> first = local.children().toList();
            assertThat(first).hasSize(PARTS);
            local.terminate();
            assertThat(first).noneMatch(ProcessHandle::isAlive);

            local.start();
            assertThat(users(local, admin)).isEqualTo(users);
            String user = JSON.readTree(users).at("/items/0/id").asString();
            String own = token(local, "--user=" + user, "--for=1m");
            assertThat(send(own, HttpRequest.newBuilder(local.gateway("/main/login/" + user)))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(own, HttpRequest.newBuilder(local.gateway("/main/users")))
                            .statusCode())
                    .isEqualTo(403);

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

    private static String users(RunningLocal local, String token) throws IOException, InterruptedException {
        return send(token, HttpRequest.newBuilder(local.gateway("/main/users"))).body();
    }

    /** As a user gets one. */
    private static String token(RunningLocal local, String... settings) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(RunningLocal.ROOT.resolve("run").toString(), "token", "--data=" + local.data()));
        command.addAll(List.of(settings));
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        String token = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertThat(process.waitFor()).isZero();
        return token;
    }

    private static HttpResponse<String> send(String token, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(request.header("Authorization", "Bearer " + token).build(), BodyHandlers.ofString());
    }
}

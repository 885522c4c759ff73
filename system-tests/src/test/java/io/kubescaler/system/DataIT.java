package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.Services;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What becomes of the data in the overlay production, reduced, on the cluster that kubectl points to. */
@Tag("production")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ResourceLock("the cluster")
class DataIT {

    private static final String NAMESPACE = "kubescaler-data";
    private static final Kubectl CLUSTER = new Kubectl();
    private static final Kubectl KUBECTL = new Kubectl("-n", NAMESPACE);
    private static final String OVERLAY = "k8s/tests/data";
    private static final List<String> NODES = List.of("cassandra-0", "cassandra-1", "cassandra-2");
    private static final int PROFILES = 200;
    private static final int USERS_PER_PROFILE = 500;

    /** A user of one profile. */
    private static final UUID USER = UUID.randomUUID();

    private static final UUID PROFILE = UUID.randomUUID();

    @TempDir
    private static Path folder;

    private static Map<String, String> operator;
    private static boolean ours;

    @BeforeAll
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    static void bringUp() throws IOException {
        assertThat(CLUSTER.run("get", "namespace", NAMESPACE, "--ignore-not-found"))
                .as("This test makes its platform from nothing, and removes it in the end. It is there already.")
                .isEmpty();
        operator = Kubectl.operator(folder, NAMESPACE);
        ours = true;
        long begin = System.nanoTime();
        CLUSTER.run("create", "namespace", NAMESPACE);
        for (String secret : List.of("base", "cassandra")) {
            KUBECTL.run("create", "secret", "generic", secret, "--from-literal=password=" + UUID.randomUUID());
        }
        CLUSTER.run("apply", "-k", OVERLAY);
        awaitAll();
        System.out.printf("All is ready after %d s.%n", seconds(begin));
        assertThat(KUBECTL.words("pods", "{.items[*].status.containerStatuses[*].restartCount}"))
                .as("An ordered start has no restarts.")
                .containsOnly("0");
        fill();
    }

    @AfterAll
    static void remove() {
        if (ours) {
            CLUSTER.run("delete", "-k", OVERLAY, "--ignore-not-found");
        }
    }

    @Test
    @Order(1)
    void replacesALostNodeUnderLoadThoughItIsASeed() throws Exception {
        String before = digest();
        try (Load load = new Load()) {
            for (String lost : List.of("cassandra-1", "cassandra-0")) {
                load.awaitAnswers(50);
                lose(lost);
                // With an empty volume it forms no cluster of its own, and does not serve without its data.
                await().until(
                                () -> KUBECTL
                                        .words(
                                                "pod/" + lost,
                                                "{.status.containerStatuses[?(@.name==\"cassandra\")].restartCount}")
                                        .stream()
                                        .anyMatch(count -> Integer.parseInt(count) > 0));
                assertThat(KUBECTL.run("logs", lost, "-c", "cassandra", "--previous"))
                        .containsAnyOf(
                                "Necessary replicas for strict consistency were removed",
                                // If it got the same address again.
                                "already exists, cancelling join");
                load.awaitAnswers(50);

                long begin = System.nanoTime();
                Command.run(operator, List.of("bash", "-euc", replacing(lost)));
                System.out.printf("%s is replaced after %d s, with %s.%n", lost, seconds(begin), size(lost));
                assertThat(ring()).containsExactly("UN", "UN", "UN");
                assertThat(partitions(lost)).as("Profiles of %s", lost).isGreaterThan(PROFILES * 9 / 10);
                load.awaitAnswers(50);
            }
            assertThat(load.stop()).as("Failures of writes and reads").isEmpty();
            assertThat(digest()).isEqualTo(before);
            assertThat(load.missing()).isEmpty();
        }
    }

    private static String replacing(String node) throws IOException {
        return Recipe.of("A lost Cassandra node", "Replace a lost node").replace("cassandra-1", node);
    }

    @Test
    @Order(2)
    void repairsEachNodeInTurn() throws IOException {
        long begin = System.nanoTime();
        Recipe.follow("Repair", "Repair now", operator);
        System.out.printf("All nodes are repaired after %d s.%n", seconds(begin));
        for (String node : NODES) {
            assertThat(upkeep(node, "find /var/lib/cassandra/repaired -mmin -60"))
                    .isNotEmpty();
        }
    }

    @Test
    @Order(3)
    void takesASnapshotEachDayByItself() {
        String today = "/backup/" + LocalDate.now(ZoneOffset.UTC);
        for (String node : NODES) {
            await().ignoreExceptions()
                    .until(() -> upkeep(node, "ls " + today + "/users " + today + "/profiles " + today + "/migrations")
                            .contains("Data.db"));
        }
    }

    @Test
    @Order(4)
    void restoresAllInAClusterThatIsNew() throws IOException {
        String before = digest();
        String day = LocalDate.now(ZoneOffset.UTC).toString();
        long begin = System.nanoTime();
        Recipe.follow("Snapshots and restore", "Take a snapshot now", operator);
        System.out.printf(
                "All nodes have a snapshot after %d s: %s each.%n",
                seconds(begin), upkeep("cassandra-0", "du -sh /backup/" + day));

        KUBECTL.run("delete", "statefulset", "cassandra");
        NODES.forEach(node -> KUBECTL.run("delete", "pvc", "data-" + node));
        CLUSTER.run("apply", "-k", OVERLAY);
        KUBECTL.run("rollout", "status", "statefulset/cassandra", "--timeout=20m");

        begin = System.nanoTime();
        Recipe.follow("Snapshots and restore", "Restore", Map.of("KUBECONFIG", operator.get("KUBECONFIG"), "DAY", day));
        System.out.printf("All is restored after %d s.%n", seconds(begin));
        assertThat(digest()).isEqualTo(before);
        awaitAll();
        assertThat(ask("GET /users/" + USER + "/profiles")).contains(PROFILE.toString());
        assertThat(ask("PUT /users/" + UUID.randomUUID())).startsWith("HTTP/1.1 201");
    }

    private static void awaitAll() {
        KUBECTL.run("rollout", "status", "statefulset/cassandra", "--timeout=20m");
        KUBECTL.run("rollout", "status", "deployment/base-deployment", "--timeout=20m");
    }

    /** Its volume and its pod are gone at once, and its controller starts it again, empty. */
    private static void lose(String node) {
        KUBECTL.run("delete", "pvc", "data-" + node, "--wait=false");
        KUBECTL.run("delete", "pod", node, "--grace-period=0", "--force");
    }

    /** The state of each node that any node knows. */
    private static List<String> ring() {
        return KUBECTL.run("exec", "cassandra-2", "--", "nodetool", "status")
                .lines()
                .map(line -> line.replaceFirst(" .*", ""))
                .filter(state -> state.matches("[UD][NLJM]"))
                .toList();
    }

    private static long partitions(String node) {
        return Long.parseLong(
                tableStatistics(node).replaceFirst("(?s).*Number of partitions \\(estimate\\): (\\d+).*", "$1"));
    }

    private static String size(String node) {
        return tableStatistics(node).replaceFirst("(?s).*Space used \\(live\\): (\\d+).*", "$1") + " bytes of profiles";
    }

    private static String tableStatistics(String node) {
        KUBECTL.run("exec", node, "--", "nodetool", "flush", "kubescaler");
        return KUBECTL.run("exec", node, "--", "nodetool", "tablestats", "kubescaler.profiles");
    }

    private static String upkeep(String node, String script) {
        return KUBECTL.run("exec", node, "-c", "upkeep", "--", "bash", "-c", script);
    }

    /** Profiles with many users each, and one user and profile whose ids are known. */
    private static void fill() throws IOException {
        Path file = folder.resolve("statements");
        try (PrintWriter statements = new PrintWriter(file.toFile(), StandardCharsets.UTF_8)) {
            for (int i = 0; i < PROFILES; i++) {
                statements.printf(
                        "INSERT INTO kubescaler.profiles (id, users) VALUES (%s, {%s});%n",
                        UUID.randomUUID(),
                        IntStream.range(0, USERS_PER_PROFILE)
                                .mapToObj(user -> UUID.randomUUID().toString())
                                .collect(Collectors.joining(",")));
            }
            statements.printf("INSERT INTO kubescaler.users (id) VALUES (%s);%n", USER);
            statements.printf("INSERT INTO kubescaler.profiles (id, users) VALUES (%s, {%s});%n", PROFILE, USER);
        }
        cql(file, "cat");
    }

    /** All profiles, as a quorum has them. */
    private static String digest() throws IOException {
        Path file = folder.resolve("query");
        Files.writeString(file, "CONSISTENCY QUORUM; PAGING 50; SELECT id, users FROM kubescaler.profiles;");
        return cql(file, "grep '{' | sort | sha256sum");
    }

    /** What the superuser gets for the statements of a file, after a filter. */
    private static String cql(Path file, String filter) {
        String command = "kubectl exec -i cassandra-2 -- bash -c 'set -o pipefail; bash /users/start cql | " + filter
                + "' <" + file;
        return Command.run(operator, List.of("bash", "-c", command));
    }

    /** What base answers, which only a pod reaches. */
    private static String ask(String request) {
        String script = ASK + "ask $1 && cat <&3";
        return KUBECTL.run("exec", "deployment/base-deployment", "--", "bash", "-c", script, "bash", request);
    }

    /** A function that sends a request, and leaves the answer in file 3. */
    private static final String ASK = """
            ask() {
                exec 3<>/dev/tcp/127.0.0.1/8081 &&
                    printf '%s %s HTTP/1.1\\r\\nHost: base\\r\\nConnection: close\\r\\n' "$1" "$2" >&3 &&
                    printf 'Content-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}' >&3
            }
            """;

    /** Writes users and reads each one back, one after the other, all the time: at LOCAL_QUORUM, as base does. */
    private static final class Load implements AutoCloseable {

        private static final String SCRIPT = ASK + """
                while read -r -t 0.05; [ $? -gt 128 ]; do
                    id=$(</proc/sys/kernel/random/uuid)
                    ask PUT /users/$id; read -r _ written <&3
                    ask GET /users/$id; read -r _ found <&3
                    echo "$(date -u +%T) $id ${written%?} ${found%?}"
                done""";

        private final Process process;
        private final Thread reader;
        private final List<String> answers = Collections.synchronizedList(new ArrayList<>());

        Load() throws IOException {
            process = new ProcessBuilder(Stream.concat(
                                    Stream.of(
                                            "kubectl",
                                            "-n",
                                            NAMESPACE,
                                            "exec",
                                            "-i",
                                            "deployment/base-deployment",
                                            "-c",
                                            "base"),
                                    Stream.of("--", "bash", "-c", SCRIPT))
                            .toList())
                    .directory(Services.projectRoot().toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            reader = new Thread(() -> lines.lines().forEach(answers::add));
            reader.start();
        }

        void awaitAnswers(int count) {
            int goal = answers.size() + count;
            await().until(() -> answers.size() >= goal);
        }

        /** Ends it, and returns what was not answered as it should. */
        List<String> stop() throws IOException, InterruptedException {
            process.getOutputStream().close();
            reader.join();
            System.out.printf("%d users were written and read.%n", answers.size());
            return answers.stream()
                    .filter(answer -> !answer.matches("\\S+ \\S+ 201 Created 200 OK"))
                    .toList();
        }

        /** The users that a quorum does not have. */
        List<String> missing() throws IOException {
            Path file = folder.resolve("query");
            Files.writeString(file, "CONSISTENCY QUORUM; PAGING 1000; SELECT id FROM kubescaler.users;");
            String users = cql(file, "cat");
            return answers.stream()
                    .map(answer -> answer.split(" ")[1])
                    .filter(user -> !users.contains(user))
                    .toList();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static long seconds(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toSeconds();
    }
}

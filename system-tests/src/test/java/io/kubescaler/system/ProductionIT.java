package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import io.kubescaler.backing.Issuer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The overlay production, reduced, on the cluster that kubectl points to: its start, releases and failures. */
@Tag("production")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProductionIT {

    private static final String NAMESPACE = "kubescaler";
    private static final Kubectl CLUSTER = new Kubectl();
    private static final Kubectl KUBECTL = new Kubectl("-n", NAMESPACE);
    private static final String OVERLAY = "k8s/tests/production";
    private static final URI GATEWAY = URI.create(System.getProperty("kubescaler.gateway"));
    private static final int STREAMS = 30;

    private static final List<String> WORKLOADS = List.of(
            "deployment/stream-deployment",
            "deployment/main-deployment",
            "deployment/web-client-deployment",
            "deployment/prometheus",
            "deployment/prometheus-adapter",
            "deployment/base-deployment",
            "statefulset/redis",
            "statefulset/cassandra");

    private static boolean ours;
    private static Door door;
    private static Door strange;
    private static Pair newcomers;
    private static Crowd crowd;

    @BeforeAll
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    static void bringUp() throws IOException {
        assertThat(CLUSTER.run("get", "namespace", NAMESPACE, "--ignore-not-found"))
                .as("This test makes the platform from nothing, and removes it in the end. It is there already.")
                .isEmpty();
        Certificate certificate = Certificate.of(GATEWAY.getHost());
        Issuer issuer = Issuer.edDsa();
        HttpClient.Builder http = HttpClient.newBuilder().sslContext(certificate.trusted());
        door = new Door(GATEWAY, http, issuer);
        strange = new Door(GATEWAY, http, null);
        ours = true;
        long begin = System.nanoTime();
        Command.run(Map.of(), List.of("k8s/secrets"));
        create(
                Map.of("tls.crt", certificate.pem(), "tls.key", certificate.privateKeyPem()),
                "secret",
                "generic",
                "kubescaler-tls",
                "--type=kubernetes.io/tls");
        create(Map.of("keys", "{\"keys\": [" + issuer.jwk() + "]}"), "configmap", "issuer");
        CLUSTER.run("apply", "-k", OVERLAY);
        for (String workload : WORKLOADS) {
            KUBECTL.run("rollout", "status", workload, "--timeout=20m");
        }
        System.out.printf("All is ready after %d s.%n", seconds(begin));
        KUBECTL.show("From nothing:", "get", "pods");
        Iterator<Pair> pairs = fill(6, 6).iterator();
        newcomers = pairs.next();
        crowd = new Crowd(door, pairs, STREAMS);
        System.out.printf("%d streams after %d s.%n", STREAMS, seconds(begin));
        assertThat(KUBECTL.words("pods", "{.items[*].status.containerStatuses[*].restartCount}"))
                .as("An ordered start has no restarts.")
                .containsOnly("0");
    }

    @AfterAll
    static void remove() {
        if (ours) {
            if (crowd != null) {
                crowd.close();
            }
            CLUSTER.run("delete", "-k", OVERLAY, "--ignore-not-found");
        }
    }

    @Test
    @Order(1)
    void servesNobodyWithoutAToken() {
        assertThat(door.get("/").body()).contains("<html");
        assertThat(door.json("/main/profiles").path("items")).hasSize(6);
        assertThat(strange.get("/main/profiles").statusCode()).isEqualTo(401);
        assertThat(door.get("/main/testdata").statusCode()).isEqualTo(404);
    }

    @Test
    @Order(2)
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void losesNoSessionWhileEachPartIsReplacedInTurn() {
        Report report = new Report("rolling restart of");
        for (String workload : WORKLOADS) {
            report.add(app(workload), () -> {
                KUBECTL.run("rollout", "restart", workload);
                KUBECTL.run("rollout", "status", workload, "--timeout=20m");
            });
        }
        report.print();
        assertThat(report.lostSessions()).isZero();
    }

    @Test
    @Order(3)
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void healsByItselfAfterTheLossOfAnyPod() {
        Report report = new Report("killed");
        for (String workload : WORKLOADS) {
            String app = app(workload);
            report.add("one of " + app, () -> kill(List.of(pods(app).iterator().next())));
            report.add("all of " + app, () -> kill(pods(app)));
        }
        report.print();
        assertThat(report.lostSessions()).isZero();
    }

    /** The label of its pods. */
    private static String app(String workload) {
        return workload.replaceFirst(".*/", "").replaceFirst("-deployment$", "");
    }

    private static void kill(Iterable<String> pods) {
        List<String> command = new ArrayList<>(List.of("delete", "pod", "--grace-period=0", "--force"));
        pods.forEach(command::add);
        KUBECTL.run(command.toArray(String[]::new));
    }

    /** What became of the streams, event by event, as a table. */
    private static final class Report {

        private final StringBuilder table = new StringBuilder();
        private long lostSessions;

        Report(String title) {
            table.append("| ")
                    .append(title)
                    .append(" | sessions lost | returns | longest gap | all as before after |\n");
            table.append("|---|---|---|---|---|\n");
        }

        /** Returns when the platform is as it was: all pods are ready, all clients stream, and all calls work. */
        void add(String what, Runnable event) {
            crowd.forget();
            long begin = System.nanoTime();
            event.run();
            await().until(ProductionIT::isComplete);
            long complete = System.nanoTime();
            awaitAllServed();
            await().ignoreExceptions()
                    .until(() -> door.get("/").statusCode() == 200
                            && door.get("/main/profiles").statusCode() == 200);
            Crowd newcomer = new Crowd(door, List.of(newcomers).iterator(), 1);
            long healed = seconds(begin);
            long working = seconds(complete);
            newcomer.end();
            table.append("| %s | %d | %d | %.1f s | %d s |%n"
                    .formatted(
                            what,
                            crowd.lostSessions(),
                            crowd.returns(),
                            crowd.longestGap().toMillis() / 1000.0,
                            healed));
            lostSessions += crowd.lostSessions();
            System.out.print(table.substring(table.lastIndexOf("\n", table.length() - 2) + 1));
            assertThat(working)
                    .as("Seconds from the return of the pods until all works: " + what)
                    .isLessThan(60);
        }

        long lostSessions() {
            return lostSessions;
        }

        void print() {
            System.out.printf("%n%d streams:%n%s%n", STREAMS, table);
        }
    }

    private static void awaitAllServed() {
        await().until(() -> {
            Set<String> pods = pods("stream");
            return crowd.clients().stream()
                    .allMatch(client -> client.instance().filter(pods::contains).isPresent());
        });
    }

    private static Set<String> pods(String app) {
        return Set.of(KUBECTL.run("get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[*].metadata.name}")
                .split(" "));
    }

    /** Whether every workload has as many pods that are ready as it wants. */
    private static boolean isComplete() {
        List<String> pods = KUBECTL.words(
                "pods",
                "{range .items[*]}{.metadata.labels.app}:{.status.conditions[?(@.type==\"Ready\")].status}:"
                        + "{.metadata.deletionTimestamp} {end}");
        return KUBECTL
                .words(
                        "deployments,statefulsets",
                        "{range .items[*]}{.spec.selector.matchLabels.app}:{.spec.replicas} {end}")
                .stream()
                .map(workload -> workload.split(":"))
                .allMatch(workload ->
                        Collections.frequency(pods, workload[0] + ":True:") == Integer.parseInt(workload[1]));
    }

    /** Makes users and profiles, each user with each profile, and returns the pairs. */
    private static List<Pair> fill(int users, int profiles) {
        List<UUID> all = Stream.generate(UUID::randomUUID).limit(users).toList();
        all.forEach(user -> put("users/" + user, "{}"));
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < profiles; i++) {
            UUID profile = UUID.randomUUID();
            put(
                    "profiles/" + profile,
                    all.stream().map("\"%s\""::formatted).collect(Collectors.joining(", ", "{\"users\": [", "]}")));
            all.forEach(user -> pairs.add(new Pair(user, profile)));
        }
        return pairs;
    }

    /** Asks base, which only pods of main and stream reach. */
    private static void put(String path, String body) {
        assertThat(KUBECTL.send("deployment/main-deployment", "PUT", "base:8081", "/" + path, body))
                .startsWith("HTTP/1.1 201 ");
    }

    /** Creates an object with these files. */
    private static void create(Map<String, String> files, String... what) throws IOException {
        Path folder = Files.createTempDirectory("files");
        List<String> command = new ArrayList<>(List.of("create"));
        command.addAll(List.of(what));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        command.add("--from-file=" + folder);
        KUBECTL.run(command.toArray(String[]::new));
        for (String file : files.keySet()) {
            Files.delete(folder.resolve(file));
        }
        Files.delete(folder);
    }

    private static long seconds(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toSeconds();
    }
}

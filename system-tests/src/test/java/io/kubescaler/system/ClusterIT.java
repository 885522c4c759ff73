package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From nothing to the whole platform on the cluster that kubectl points to, and what becomes of its streams there. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {

    private static final String NAMESPACE = "kubescaler";
    private static final Kubectl CLUSTER = new Kubectl();
    private static final Kubectl KUBECTL = new Kubectl("-n", NAMESPACE);
    private static final String OVERLAY = System.getProperty("kubescaler.overlay");
    private static final String GATEWAY = System.getProperty("kubescaler.gateway");

    /** After so many seconds every lock that was not refreshed has expired. */
    private static final Duration TTL = Duration.ofSeconds(60);

    private static final Duration OUTAGE = Duration.ofSeconds(90);

    @TempDir
    private static Path folder;

    /** The environment of an operator, for whom the platform's namespace is the current one. */
    private static Map<String, String> operator;

    private static boolean ours;
    private static Door door;
    private static StreamHpa streamHpa;

    private Crowd crowd;

    @BeforeAll
    static void becomeOperator() throws IOException {
        Path config = folder.resolve("config");
        Files.writeString(config, CLUSTER.run("config", "view", "--raw", "--flatten", "--minify"));
        operator = Map.of("KUBECONFIG", config.toString());
        Command.run(operator, List.of("kubectl", "config", "set-context", "--current", "--namespace", NAMESPACE));
    }

    @BeforeAll
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    static void bringUp() {
        assertThat(GATEWAY)
                .as("Say where the cluster's ingress controller is: -Dkubescaler.gateway=http://...")
                .startsWith("http");
        assertThat(CLUSTER.run("get", "namespace", NAMESPACE, "--ignore-not-found"))
                .as("This test makes the platform from nothing, and removes it in the end. It is there already.")
                .isEmpty();
        door = new Door(URI.create(GATEWAY));
        ours = true;
        long begin = System.nanoTime();
        Command.run(Map.of(), List.of("k8s/secrets"));
        CLUSTER.run("apply", "-k", OVERLAY);
        KUBECTL.run("wait", "--for=condition=Available", "deployment", "--all", "--timeout=20m");
        System.out.printf("All is ready after %d s.%n", seconds(begin));
        assertThat(KUBECTL.words("pods", "{.items[*].status.containerStatuses[*].restartCount}"))
                .as("An ordered start has no restarts.")
                .containsOnly("0");
        await().untilAsserted(() ->
                assertThat(KUBECTL.run("get", "hpa")).contains("stream-hpa").doesNotContain("<unknown>"));
        streamHpa = new StreamHpa(KUBECTL);
        assertThat(KUBECTL.words("hpa/main-hpa", "{.status.lastScaleTime}"))
                .as("The start of main is no load.")
                .isEmpty();
        door.fill(40, 20);
        KUBECTL.show("From nothing:", "get", "pods");
        KUBECTL.show("Before the first client:", "get", "hpa");
    }

    @AfterAll
    static void remove() {
        if (ours) {
            CLUSTER.run("delete", "-k", OVERLAY, "--ignore-not-found");
        }
    }

    @BeforeEach
    void come() {
        crowd = new Crowd(door, door.pairs(), 0);
    }

    @AfterEach
    void leave() {
        crowd.end();
    }

    @Test
    @Order(1)
    void servesPagesListsAndStreamsThroughTheIngress() {
        assertThat(door.get("/").body()).contains("<html");
        assertThat(door.json("/main/suggested").path("items")).isNotEmpty();
        crowd.grow(1);
        Client client = crowd.clients().get(0);
        await().until(() -> client.messages() > 10);
        Pair pair = crowd.pairs().get(0);
        assertThat(door.refusal(pair).status()).isEqualTo(409);
        assertThat(door.launched(pair.user())).containsExactly(pair.profile());
        crowd.end();
        assertThat(door.launched(pair.user())).isEmpty();
    }

    @Test
    @Order(2)
    void opensPodsForStreamsAndClosesThemAgain() {
        awaitStreamPods(1);
        Iterator<Pair> pairs = door.pairs();
        List<Pair> visiting = List.of(pairs.next(), pairs.next());
        crowd = new Crowd(door, pairs, 0);
        open(5);
        String only = crowd.clients().get(0).instance().orElseThrow();
        open(1);
        KUBECTL.show("Six streams:", "get", "hpa", "stream-hpa");
        long sixth = System.nanoTime();
        // Two who come and go, until one is served by another pod: of one alone, a gateway that sends requests to the
        // pods in turns could have every GET at the first, and every DELETE at the second.
        await().until(() -> {
            Crowd visitors = new Crowd(door, visiting.iterator(), 2);
            boolean elsewhere = visitors.on(List.of(only)).size() < 2;
            visitors.end();
            return elsewhere;
        });
        System.out.printf("%nFrom the sixth stream to the first on a second pod: %d s.%n", seconds(sixth));
        KUBECTL.show("A second pod:", "get", "hpa", "stream-hpa");
        open(19);
        awaitStreamPods(5);
        KUBECTL.show("25 streams:", "get", "hpa", "stream-hpa");
        crowd.end();
        for (int pods = 4; pods >= 1; pods--) {
            int atMost = pods;
            await().until(() -> streamPods().size() <= atMost);
            KUBECTL.show("All have left:", "get", "hpa", "stream-hpa");
        }
    }

    @Test
    @Order(3)
    void closesThePodWithTheFewestStreamsAndLosesNoSession() {
        open(30);
        awaitStreamPods(5);
        // Those who were there before the pods are not on them: let everybody choose again.
        KUBECTL.run("rollout", "restart", "deployment/stream-deployment");
        KUBECTL.run("rollout", "status", "deployment/stream-deployment", "--timeout=20m");
        awaitStreamPods(5);
        awaitAllServed();
        crowd.report("A rolling update of 30 streams");
        KUBECTL.show("After a rolling update:", "get", "hpa", "stream-hpa");

        await().until(() -> streamPods().stream().allMatch(this::tellsItsStreams));
        KUBECTL.show(
                "What each pod's deletion costs:",
                "get",
                "pods",
                "-l",
                "app=stream",
                "-o",
                "custom-columns=NAME:.metadata.name,COST:.metadata.annotations.controller\\.kubernetes\\.io/pod-deletion-cost");
        Map<String, Long> costs = streamPods().stream().collect(Collectors.toMap(Function.identity(), ClusterIT::cost));
        Set<String> before = streamPods();
        streamHpa.setMaximum(4);
        await().until(() -> streamPods().size() == 4);
        awaitAllServed();
        Set<String> stayed = streamPods();
        String gone =
                before.stream().filter(pod -> !stayed.contains(pod)).findFirst().orElseThrow();
        System.out.printf("%nClosed: %s%n", gone);
        assertThat(costs.values()).allMatch(cost -> costs.get(gone) <= cost);
        crowd.report("A rolling update and a scale-down of 30 streams");
        KUBECTL.show("After a scale-down:", "get", "hpa", "stream-hpa");
        streamHpa.setMaximum(5);
        crowd.assertKeptTheirSessions();
    }

    @Test
    @Order(4)
    void letsAStreamPodChangeNothingButItsOwnDeletionCost() {
        open(10);
        awaitAtLeastStreamPods(2);
        Iterator<String> pods = streamPods().iterator();
        String own = "pods/" + pods.next();
        String another = "pods/" + pods.next();
        String page = "pods/" + pods("web-client").iterator().next();
        String token = token("--bound-object-kind=Pod", "--bound-object-name=" + own.substring("pods/".length()));
        String cost = """
                {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "3"}}}""";
        String image = """
                {"spec": {"containers": [{"name": "stream", "image": "another"}]}}""";
        String before = images(own);

        assertThat(patched(token, own + "/status", cost)).isEqualTo("200");
        // It keeps the status of the pod only.
        assertThat(patched(token, own + "/status", image)).isEqualTo("200");
        assertThat(images(own)).isEqualTo(before);

        assertThat(patched(token, another + "/status", cost)).contains("403", "no pod but its own");
        assertThat(patched(token, page + "/status", cost)).contains("403", "no pod but its own");
        assertThat(patched(token("--duration=10m"), own + "/status", cost)).contains("403", "no pod but its own");
        for (String pod : List.of(own, another, page)) {
            assertThat(patched(token, pod, image)).contains("403", "cannot patch resource");
            assertThat(patched(token, pod, cost)).contains("403", "cannot patch resource");
        }
        assertThat(patched(token, own + "/status", """
                {"metadata": {"annotations": {"another": "3"}}}""")).contains("403", "no annotation of its pod but");
        for (String change : List.of("""
                {"metadata": {"labels": {"app": "main"}}}""", """
                {"metadata": {"labels": null}}""", """
                {"metadata": {"finalizers": ["example.com/never"]}}""", """
                {"status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}}""")) {
            assertThat(patched(token, own + "/status", change))
                    .as(change)
                    .contains("403", "nothing of its pod but its deletion cost");
        }
    }

    private static String token(String... options) {
        return KUBECTL.run(Stream.concat(Stream.of("create", "token", "stream"), Stream.of(options))
                .toArray(String[]::new));
    }

    /** The status of the answer, and why, if it is not 200. */
    private static String patched(String token, String object, String change) {
        HttpResponse<String> answer =
                new ApiServer(CLUSTER).patch(token, "/api/v1/namespaces/" + NAMESPACE + "/" + object, change);
        return answer.statusCode() == 200 ? "200" : answer.statusCode() + " " + answer.body();
    }

    private static String images(String pod) {
        return KUBECTL.run("get", pod, "-o", "jsonpath={.spec.containers[*].image}");
    }

    @Test
    @Order(5)
    void letsNoPodConnectToWhatItDoesNotNeed() {
        Map<String, List<String>> needed = Map.of(
                "stream", List.of("redis-0.redis:6379", "base:8081", "kubernetes.default:443"),
                "main", List.of("redis-0.redis:6379", "base:8081", "prometheus:9090"),
                "base", List.of("cassandra-0.cassandra:9042"),
                "web-client", List.of("main:8082", "stream:8083"),
                "redis", List.of(),
                "cassandra", List.of());
        // Open to everybody: here only the policy of the pod that connects decides.
        Set<String> open = Set.of("web-client:8080", "main:8082", "stream:8083", "kubernetes.default:443");

        assertThat(reachedWithoutPolicies(open))
                .as("To see what policies shut out, this test needs a pod that they do not apply to.")
                .containsExactlyInAnyOrderElementsOf(open);
        needed.forEach((app, targets) -> {
            Set<String> tried = new TreeSet<>(open);
            tried.addAll(targets);
            assertThat(reached(app, tried)).as(app).containsExactlyInAnyOrderElementsOf(targets);
        });
    }

    /** To which of these a pod of another namespace can connect. */
    private static List<String> reachedWithoutPolicies(Collection<String> targets) {
        String script = """
                for to; do timeout 5 nc ${to%:*} ${to#*:} </dev/null >/dev/null && echo $to; done""";
        List<String> pod = List.of(
                "run",
                "control",
                "--namespace=default",
                "--image=alpine:3.17",
                "--restart=Never",
                "--attach",
                "--rm",
                "--quiet",
                "--",
                "sh",
                "-c",
                script,
                "sh");
        return CLUSTER.run(Stream.concat(pod.stream(), targets.stream().map(ClusterIT::qualified))
                        .toArray(String[]::new))
                .lines()
                .map(reached -> reached.replace("." + NAMESPACE + ":", ":"))
                .toList();
    }

    private static String qualified(String target) {
        return target.replaceFirst("^([a-z-]+):", "$1." + NAMESPACE + ":");
    }

    /** To which of these a pod of an app can connect. */
    private static List<String> reached(String app, Collection<String> targets) {
        String pod = pods(app).iterator().next();
        String script = """
                for to; do timeout 2 bash -c "</dev/tcp/${to%:*}/${to#*:}" 2>/dev/null && echo $to & done; wait""";
        return KUBECTL.run(Stream.concat(Stream.of("exec", pod, "--", "bash", "-c", script, "bash"), targets.stream())
                        .toArray(String[]::new))
                .lines()
                .toList();
    }

    @Test
    @Order(6)
    void replacesAKilledPodWhoseClientsAreBackWithoutCassandra() {
        open(10);
        awaitAtLeastStreamPods(2);
        String killed = crowd.clients().get(0).instance().orElseThrow();
        String cassandra = uid("cassandra-0");
        KUBECTL.run("delete", "pod", "cassandra-0", killed, "--grace-period=0", "--force");
        await().until(() -> crowd.clients().get(0).returns() > 0);
        awaitAllServed();
        assertUnavailable(door.get("/main/profiles"));
        assertThat(door.get("/").statusCode()).isEqualTo(200);
        crowd.report("A killed pod under 10 streams, without Cassandra");
        await().until(() -> streamPods().stream().noneMatch(killed::equals)
                && KUBECTL.words("deployment/stream-deployment", "{.status.unavailableReplicas}")
                        .isEmpty());
        crowd.assertKeptTheirSessions();

        awaitReplaced("cassandra-0", cassandra);
        long back = System.nanoTime();
        open(1);
        await().until(() -> door.get("/main/profiles").statusCode() == 200);
        System.out.printf("%nFrom Cassandra's return to lists and new streams: %d s.%n", seconds(back));
        assertThat(seconds(back)).isLessThan(60);
    }

    @Test
    @Order(7)
    void keepsAllStreamsAndPodsWhenARedisIsKilledAndTheMetricsAreAway() {
        open(10);
        awaitStreamPods(2);
        awaitAllServed();
        int returns = crowd.returns();
        Set<String> pods = streamPods();
        String before = uid("redis-0");
        streamHpa.scaleMetrics(0);
        KUBECTL.run("delete", "pod", "redis-0", "--grace-period=0", "--force");
        // Until locks that only lived on would have expired.
        await().during(TTL.plusSeconds(15)).until(() -> {
            assertThat(crowd.clients()).allMatch(client -> client.instance().isPresent());
            assertThat(crowd.returns()).isEqualTo(returns);
            assertThat(streamPods()).isEqualTo(pods);
            return true;
        });
        KUBECTL.show("Without metrics:", "get", "hpa", "stream-hpa");
        streamHpa.assertBlind();
        streamHpa.scaleMetrics(1);
        awaitReplaced("redis-0", before);
        crowd.report("A killed Redis under 10 streams, without metrics");
        await().until(streamHpa::sees);
    }

    @Test
    @Order(8)
    void removesNoPodWhileTheQuorumIsAway() {
        Iterator<Pair> pairs = door.pairs();
        Pair free = pairs.next();
        crowd = new Crowd(door, pairs, 0);
        open(18);
        awaitStreamPods(4);
        // The window of the overlays. The one of this test is shorter than the outage.
        streamHpa.setScaleDownWindow(300);
        Set<String> stream = streamPods();
        Set<String> main = pods("main");
        String launched = "/main/login/" + free.user();

        KUBECTL.run("scale", "statefulset/redis", "--replicas=1");
        await().until(() -> door.get(launched).statusCode() == 503);
        await().during(OUTAGE).until(() -> {
            assertThat(streamPods()).isEqualTo(stream);
            assertThat(pods("main")).isEqualTo(main);
            assertThat(KUBECTL.words("deployment/stream-deployment", "{.spec.replicas}"))
                    .containsExactly("4");
            assertUnavailable(door.get(launched));
            assertThat(door.refusal(free).status()).isEqualTo(503);
            assertThat(door.get("/").statusCode()).isEqualTo(200);
            assertThat(door.get("/main/profiles").statusCode()).isEqualTo(200);
            return true;
        });
        assertThat(crowd.clients())
                .as("After the TTL, no stream may go on without a majority.")
                .noneMatch(client -> client.instance().isPresent());

        KUBECTL.run("scale", "statefulset/redis", "--replicas=3");
        await().until(() -> pods("redis").size() >= 2);
        long back = System.nanoTime();
        awaitAllServed();
        System.out.printf("%nFrom the return of a majority to all 18 streams: %d s.%n", seconds(back));
        crowd.report("Two of three Redis away for 90 s under 18 streams");
        assertThat(crowd.clients())
                .as("Their sessions ended with their locks, and no pod was drained.")
                .allMatch(client -> client.returns() == 1);
        assertThat(streamPods()).isEqualTo(stream);
        // Most return within seconds. The master that stayed may keep a lock for a TTL after its stream has ended: that
        // is 503 for a client that comes before both others answer.
        assertThat(seconds(back)).isLessThan(45);
        streamHpa.setScaleDownWindow(30);
    }

    /** It comes from an instance, not from the entry point that found none. */
    private static void assertUnavailable(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    @Order(9)
    void opensMainPodsUnderLoadAndClosesThemAgain() {
        await().until(() -> mainPods() == 1);
        var loaded = new AtomicBoolean(true);
        ExecutorService load = Executors.newFixedThreadPool(8);
        try {
            IntStream.range(0, 8)
                    .forEach(i -> load.submit(() -> {
                        while (loaded.get()) {
                            door.get("/main/profiles");
                        }
                        return null;
                    }));
            await().until(() -> mainPods() > 1);
            KUBECTL.show("Under load:", "get", "hpa", "main-hpa");
        } finally {
            loaded.set(false);
            load.shutdown();
        }
        await().until(() -> mainPods() == 1);
        KUBECTL.show("Without:", "get", "hpa", "main-hpa");
    }

    @Test
    @Order(10)
    void opensPodsForTheBytesOfFewStreams() {
        setMessageSize("=100KB");
        awaitStreamPods(1);
        open(4);
        awaitStreamPods(2);
        KUBECTL.show("Four streams with messages of 100 KB:", "get", "hpa", "stream-hpa");
        setMessageSize("-");
    }

    private static void setMessageSize(String change) {
        KUBECTL.run("set", "env", "deployment/stream-deployment", "KUBESCALER_STREAM_MESSAGESIZE" + change);
        KUBECTL.run("rollout", "status", "deployment/stream-deployment", "--timeout=20m");
    }

    @Test
    @Order(30)
    void theRunbooksCommandsRun() throws IOException {
        for (String alert : AlertsTest.alerts()) {
            Recipe.follow(alert, AlertsTest.RUNBOOK, operator);
        }
    }

    @Test
    @Order(31)
    void alertsWhileTheAutoscalerIsBlind() {
        await().until(() -> !isFiring("MetricsApiUnavailable"));
        assertThat(isFiring("Watchdog")).isTrue();
        streamHpa.scaleMetricsApi(0);
        try {
            await().until(() -> isFiring("MetricsApiUnavailable"));
            KUBECTL.show("Without the API of its metrics:", "get", "hpa", "stream-hpa");
        } finally {
            streamHpa.scaleMetricsApi(1);
        }
        await().until(() -> !isFiring("MetricsApiUnavailable"));
    }

    @Test
    @Order(40)
    void letsOnlyPodsWithTheLabelPublish() throws IOException {
        // As docs/operations.md says: one component more in the overlay's list.
        Command.run(Map.of(), List.of("cp", "-r", "docker", "k8s", "monitoring", folder.toString()));
        for (String overlay : List.of("k8s/overlays/minikube", OVERLAY)) {
            Path file = folder.resolve(overlay).resolve("kustomization.yaml");
            String redis = "  - ../../components/redis\n";
            Files.writeString(
                    file, Files.readString(file).replace(redis, redis + redis.replace("redis", "redis-messages")));
        }
        CLUSTER.run("apply", "-k", folder.resolve(OVERLAY).toString());
        for (String name : List.of("redis-messages", "base-deployment", "main-deployment", "stream-deployment")) {
            KUBECTL.run("rollout", "status", "deployment/" + name, "--timeout=20m");
        }
        Pair pair = door.pairs().next();
        String pod = pods("web-client").iterator().next();
        List<String> publishing = List.of("stream-publishing:80");
        try (Client client = door.client(pair)) {
            await().until(() -> client.instance().isPresent());
            assertThat(reached("web-client", publishing)).isEmpty();
            KUBECTL.run("label", "pod", pod, "kubescaler.io/publisher=true");
            await().until(() -> reached("web-client", publishing).equals(publishing));
            assertThat(KUBECTL.send(
                            pod,
                            "POST",
                            publishing.get(0),
                            "/profiles/" + pair.profile() + "/messages",
                            "{\"message\": \"Half-time: 2 to 1\"}"))
                    .startsWith("HTTP/1.1 202 ");
            await().until(() -> client.messages() == 1);
            client.end();
        }
    }

    private static boolean isFiring(String alert) {
        String query = "ALERTS{alertstate=\"firing\",alertname=\"" + alert + "\"}";
        return Command.run(operator, List.of("k8s/metrics", query)).contains("\"" + alert + "\"");
    }

    private void open(int count) {
        crowd.grow(count);
        awaitAllServed();
    }

    private void awaitAllServed() {
        await().until(() -> {
            Set<String> pods = streamPods();
            return crowd.clients().stream()
                    .allMatch(client -> client.instance().filter(pods::contains).isPresent());
        });
    }

    private boolean tellsItsStreams(String pod) {
        long streams = crowd.clients().stream()
                .filter(client -> client.instance().filter(pod::equals).isPresent())
                .count();
        return Math.abs(streams - cost(pod)) <= 0.1 * cost(pod);
    }

    private static String uid(String pod) {
        return KUBECTL.run("get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
    }

    /** Waits until another pod with this name is ready. */
    private static void awaitReplaced(String pod, String uid) {
        await().ignoreExceptions()
                .until(() -> !uid(pod).equals(uid)
                        && KUBECTL.words("pod/" + pod, "{.status.containerStatuses[0].ready}")
                                .contains("true"));
    }

    private static long cost(String pod) {
        return KUBECTL
                .words("pod/" + pod, "{.metadata.annotations.controller\\.kubernetes\\.io/pod-deletion-cost}")
                .stream()
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    private static void awaitStreamPods(int count) {
        await().until(() -> streamPods().size() == count);
    }

    private static void awaitAtLeastStreamPods(int count) {
        await().until(() -> streamPods().size() >= count);
    }

    private static Set<String> streamPods() {
        return pods("stream");
    }

    /** Those that are ready and not about to go. */
    private static Set<String> pods(String service) {
        return Set.copyOf(KUBECTL.words(
                "endpointslices",
                "{range .items[?(@.metadata.labels.kubernetes\\.io/service-name==\"" + service + "\")]}"
                        + "{range .endpoints[?(@.conditions.ready==true)]}{.targetRef.name} {end}{end}"));
    }

    private static int mainPods() {
        return Integer.parseInt(
                KUBECTL.run("get", "deployment", "main-deployment", "-o", "jsonpath={.status.readyReplicas}"));
    }

    private static long seconds(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toSeconds();
    }
}

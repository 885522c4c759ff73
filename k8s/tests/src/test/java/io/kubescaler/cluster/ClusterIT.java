package io.kubescaler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From nothing to the whole platform on the cluster that kubectl points to, and what becomes of its streams there. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String NAMESPACE = "kubescaler";
    private static final Kubectl CLUSTER = new Kubectl();
    private static final Kubectl KUBECTL = new Kubectl("-n", NAMESPACE);
    private static final Path OVERLAY =
            Path.of(System.getProperty("kubescaler.root"), System.getProperty("kubescaler.overlay"));
    private static final String GATEWAY = System.getProperty("kubescaler.gateway");
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** After so many seconds every lock that was not refreshed has expired. */
    private static final Duration TTL = Duration.ofSeconds(60);

    private static boolean ours;

    private final List<Client> clients = new ArrayList<>();

    @BeforeAll
    static void bringUp() throws Exception {
        assertThat(GATEWAY)
                .as("Say where the cluster's ingress controller is: -Dkubescaler.gateway=http://...")
                .startsWith("http");
        assertThat(CLUSTER.run("get", "namespace", NAMESPACE, "--ignore-not-found"))
                .as("This test makes the platform from nothing, and removes it in the end. It is there already.")
                .isEmpty();
        Awaitility.setDefaultTimeout(Duration.ofMinutes(10));
        Awaitility.setDefaultPollInterval(Duration.ofSeconds(1));
        ours = true;
        long begin = System.nanoTime();
        CLUSTER.run("apply", "-k", OVERLAY.toString());
        KUBECTL.run("wait", "--for=condition=Available", "deployment", "--all", "--timeout=20m");
        System.out.printf("All is ready after %d s.%n", seconds(begin));
        await().untilAsserted(() -> assertThat(KUBECTL.run("get", "hpa")).doesNotContain("<unknown>"));
        await().until(() -> get("/main/testdata").statusCode() == 200);
        assertThat(send(HttpRequest.newBuilder(uri("/main/testdata"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"users\": 40, \"profiles\": 20}")))
                        .statusCode())
                .isEqualTo(201);
        KUBECTL.show("From nothing:", "get", "pods");
        KUBECTL.show("Before the first client:", "get", "hpa");
    }

    @AfterAll
    static void remove() {
        if (ours) {
            CLUSTER.run("delete", "-k", OVERLAY.toString(), "--ignore-not-found");
        }
    }

    @AfterEach
    void leave() {
        clients.parallelStream().forEach(Client::close);
    }

    @Test
    @Order(1)
    void servesPagesListsAndStreamsThroughTheIngress() throws Exception {
        assertThat(get("/").body()).contains("<html");
        assertThat(items("/main/suggested")).isNotEmpty();
        URI pair = uri("/stream/" + pairs().remove());
        Client client = open(pair);
        await().until(() -> client.messages() > 10);
        HttpResponse<String> refused = send(HttpRequest.newBuilder(pair).header("Accept", "text/event-stream"));
        assertThat(refused.statusCode()).isEqualTo(409);
        String user = pair.getPath().split("/")[2];
        assertThat(items("/main/login/" + user)).hasSize(1);
        client.close();
        clients.remove(client);
        assertThat(items("/main/login/" + user)).isEmpty();
    }

    @Test
    @Order(2)
    void opensPodsForStreamsAndClosesThemAgain() {
        awaitStreamPods(1);
        Deque<URI> pairs = pairUris();
        open(pairs, 5);
        String only = Objects.requireNonNull(clients.get(0).instance());
        open(pairs, 1);
        KUBECTL.show("Six streams:", "get", "hpa", "stream-hpa");
        long sixth = System.nanoTime();
        // Two who come and go, until one is served by another pod: of one alone, a gateway that sends requests to the
        // pods in
        // turns could have every GET at the first, and every DELETE at the second.
        Iterator<URI> free = pairs.iterator();
        URI one = free.next();
        URI other = free.next();
        await().until(() -> {
            try (Client first = new Client(HTTP, one);
                    Client second = new Client(HTTP, other)) {
                await().until(() -> first.instance() != null && second.instance() != null);
                return !only.equals(first.instance()) || !only.equals(second.instance());
            }
        });
        System.out.printf("%nFrom the sixth stream to the first on a second pod: %d s.%n", seconds(sixth));
        KUBECTL.show("A second pod:", "get", "hpa", "stream-hpa");
        open(pairs, 19);
        awaitStreamPods(5);
        KUBECTL.show("25 streams:", "get", "hpa", "stream-hpa");
        clients.parallelStream().forEach(Client::close);
        clients.clear();
        for (int pods = 4; pods >= 1; pods--) {
            int atMost = pods;
            await().until(() -> streamPods().size() <= atMost);
            KUBECTL.show("All have left:", "get", "hpa", "stream-hpa");
        }
    }

    @Test
    @Order(3)
    void closesThePodWithTheFewestStreamsAndLosesNoSession() {
        Deque<URI> pairs = pairUris();
        open(pairs, 30);
        awaitStreamPods(5);
        // Those who were there before the pods are not on them: let everybody choose again.
        KUBECTL.run("rollout", "restart", "deployment/stream-deployment");
        KUBECTL.run("rollout", "status", "deployment/stream-deployment", "--timeout=20m");
        awaitStreamPods(5);
        awaitAllServed();
        report("A rolling update of 30 streams");
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
        KUBECTL.run("patch", "hpa", "stream-hpa", "-p", "{\"spec\": {\"maxReplicas\": 4}}");
        await().until(() -> streamPods().size() == 4);
        awaitAllServed();
        Set<String> stayed = streamPods();
        String gone =
                before.stream().filter(pod -> !stayed.contains(pod)).findFirst().orElseThrow();
        System.out.printf("%nClosed: %s%n", gone);
        assertThat(costs.values()).allMatch(cost -> costs.get(gone) <= cost);
        report("A rolling update and a scale-down of 30 streams");
        KUBECTL.show("After a scale-down:", "get", "hpa", "stream-hpa");
        KUBECTL.run("patch", "hpa", "stream-hpa", "-p", "{\"spec\": {\"maxReplicas\": 5}}");
        assertThat(clients)
                .allSatisfy(client -> assertThat(client.lostSessions()).isZero());
    }

    @Test
    @Order(4)
    void replacesAKilledPodWhoseClientsAreBack() {
        open(pairUris(), 10);
        String killed = Objects.requireNonNull(clients.get(0).instance());
        KUBECTL.run("delete", "pod", killed, "--grace-period=0", "--force");
        await().until(() -> clients.get(0).returns() > 0);
        awaitAllServed();
        report("A killed pod under 10 streams");
        await().until(() -> streamPods().stream().noneMatch(killed::equals)
                && KUBECTL.words("deployment/stream-deployment", "{.status.unavailableReplicas}")
                        .isEmpty());
        assertThat(clients)
                .allSatisfy(client -> assertThat(client.lostSessions()).isZero());
    }

    @Test
    @Order(5)
    void keepsAllStreamsWhenARedisIsKilled() {
        open(pairUris(), 10);
        awaitStreamPods(2);
        awaitAllServed();
        int returns = returns();
        String before = KUBECTL.run("get", "pod", "redis-0", "-o", "jsonpath={.metadata.uid}");
        KUBECTL.run("delete", "pod", "redis-0", "--grace-period=0", "--force");
        // Until locks that only lived on would have expired.
        await().during(TTL.plusSeconds(15)).until(() -> {
            assertThat(clients).allMatch(client -> client.instance() != null);
            assertThat(returns()).isEqualTo(returns);
            return true;
        });
        await().until(() -> !KUBECTL.run("get", "pod", "redis-0", "-o", "jsonpath={.metadata.uid}")
                        .equals(before)
                && KUBECTL.words("pod/redis-0", "{.status.containerStatuses[0].ready}")
                        .contains("true"));
        report("A killed Redis under 10 streams");
    }

    @Test
    @Order(6)
    void opensMainPodsUnderLoadAndClosesThemAgain() {
        await().until(() -> mainPods() == 1);
        var loaded = new AtomicBoolean(true);
        ExecutorService load = Executors.newFixedThreadPool(8);
        try {
            IntStream.range(0, 8)
                    .forEach(i -> load.submit(() -> {
                        while (loaded.get()) {
                            get("/main/profiles");
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

    private void open(Deque<URI> pairs, int count) {
        List<Client> more = IntStream.range(0, count)
                .mapToObj(i -> new Client(HTTP, pairs.remove()))
                .toList();
        clients.addAll(more);
        awaitAllServed();
    }

    private Client open(URI pair) {
        open(new ArrayDeque<>(List.of(pair)), 1);
        return clients.get(clients.size() - 1);
    }

    private void awaitAllServed() {
        await().until(() -> {
            Set<String> pods = streamPods();
            return clients.stream().map(Client::instance).allMatch(pod -> pod != null && pods.contains(pod));
        });
    }

    private void report(String what) {
        System.out.printf(
                "%n%s: %d sessions lost, %d returns, the longest gap %d ms.%n",
                what,
                clients.stream().mapToInt(Client::lostSessions).sum(),
                returns(),
                clients.stream()
                        .map(Client::longestGap)
                        .max(Duration::compareTo)
                        .orElseThrow()
                        .toMillis());
    }

    private int returns() {
        return clients.stream().mapToInt(Client::returns).sum();
    }

    private boolean tellsItsStreams(String pod) {
        long streams =
                clients.stream().filter(client -> pod.equals(client.instance())).count();
        return Math.abs(streams - cost(pod)) <= 0.1 * cost(pod);
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

    /** Those that are ready and not about to go. */
    private static Set<String> streamPods() {
        return Set.copyOf(KUBECTL.words(
                "endpointslices",
                "{range .items[?(@.metadata.labels.kubernetes\\.io/service-name==\"stream\")]}"
                        + "{range .endpoints[?(@.conditions.ready==true)]}{.targetRef.name} {end}{end}"));
    }

    private static int mainPods() {
        return Integer.parseInt(
                KUBECTL.run("get", "deployment", "main-deployment", "-o", "jsonpath={.status.readyReplicas}"));
    }

    private static Deque<URI> pairUris() {
        return pairs().stream().map(pair -> uri("/stream/" + pair)).collect(Collectors.toCollection(ArrayDeque::new));
    }

    private static Deque<String> pairs() {
        Deque<String> pairs = new ArrayDeque<>();
        for (JsonNode profile : items("/main/profiles")) {
            for (JsonNode user : profile.get("users")) {
                pairs.add(user.asString() + "/" + profile.get("id").asString());
            }
        }
        return pairs;
    }

    private static JsonNode items(String path) {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body()).get("items");
    }

    private static HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static URI uri(String path) {
        return URI.create(GATEWAY + path);
    }

    private static long seconds(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toSeconds();
    }
}

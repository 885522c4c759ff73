package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.api.Pair;
import io.kubescaler.backing.RawHttp;
import io.kubescaler.client.RefusedException;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.Services;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What {@code docker compose up} starts, from nothing, and what is left of it when parts of it are killed. */
@Tag("containers")
@EnabledIf(value = "io.kubescaler.system.Docker#answers", disabledReason = "No Docker engine answers.")
class ComposeIT {

    private static final String PROJECT = "kubescaler-it";
    private static final String NEXT = PROJECT;
    private static final int PORT = FreePorts.next();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "COMPOSE_PROJECT_NAME",
            PROJECT,
            "COMPOSE_FILE",
            "compose.yaml:system-tests/src/test/resources/compose.test.yaml",
            "PORT",
            "127.0.0.1:" + PORT,
            "NEXT",
            NEXT);
    private static final Thread DOWN = new Thread(ComposeIT::down);

    private static Door door;
    private static Iterator<Pair> pairs;

    @BeforeAll
    static void startFromNothing() throws Exception {
        Runtime.getRuntime().addShutdownHook(DOWN);
        down();
        Command.run(Map.of(), List.of("docker/secrets"));
        up();
        Docker.tagStream(NEXT);
        door = new Door(PORT);
        door.fill(60, 60);
        pairs = door.pairs();
    }

    @AfterAll
    static void stop() {
        Runtime.getRuntime().removeShutdownHook(DOWN);
        down();
    }

    @Test
    void letsAPairThroughTheDoorToOneClientUntilItEnds() throws Exception {
        Pair pair = pairs.next();

        try (Client client = door.client(pair)) {
            await().untilAsserted(() -> assertThat(client.messages()).isGreaterThan(3));

            RefusedException stranger = door.refusal(pair);
            assertThat(stranger.status()).isEqualTo(409);
            assertThat(stranger.headers().firstValue("Retry-After")).isPresent();
            assertThat(door.launched(pair.user())).contains(pair.profile());

            assertThat(delete(pair, "0".repeat(32)).statusCode()).isEqualTo(403);
            assertThat(delete(pair, client.token()).statusCode()).isEqualTo(204);
        }
        assertThat(door.launched(pair.user())).doesNotContain(pair.profile());
    }

    private static HttpResponse<String> delete(Pair pair, String token) {
        return door.send(door.request("/stream/" + pair).DELETE().header("Last-Event-ID", token));
    }

    @Test
    void servesThePagesAndSaysWhatIsNotThere() throws Exception {
        for (String page : List.of("/", "/index/" + pairs.next())) {
            HttpResponse<String> answer = door.get(page);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).contains("text/html");
            assertThat(answer.headers().firstValue("Content-Security-Policy")).isPresent();
        }
        for (String path : List.of("/nothing/here", "/nothing.css")) {
            HttpResponse<String> nothing = door.get(path);
            assertThat(nothing.statusCode()).isEqualTo(404);
            assertThat(nothing.headers().firstValue("Content-Type")).contains("application/problem+json");
            assertThat(nothing.body()).contains("There is nothing at " + path + ".");
        }
        HttpResponse<String> changed = door.send(door.request("/").header("If-Match", "another"));
        assertThat(changed.statusCode()).isEqualTo(412);
        assertThat(changed.headers().firstValue("Content-Type")).contains("application/problem+json");
        HttpResponse<String> whole = door.send(door.request("/").header("Range", "bytes=1000000-"));
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.headers().allValues("Content-Security-Policy")).hasSize(1);
        HttpResponse<String> page = door.send(door.request("/nothing/here").header("Accept", "text/html,*/*;q=0.8"));
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html");
        assertThat(page.headers().firstValue("Content-Security-Policy")).isPresent();
        assertThat(page.body()).contains("<h1>Nothing here</h1>");
    }

    /** To whomever asks, and although it finds the second error while it answers the first. */
    @ParameterizedTest
    @CsvSource({
        "GET, /, Transfer-Encoding: chunked, 400",
        "POST, /, Transfer-Encoding: chunked, 400",
        "GET, /nothing, Transfer-Encoding: chunked, 400",
        "GET, /main/users, Transfer-Encoding: chunked, 400",
        "GET, /, Content-Length: x, 400",
        "POST, /, Accept: text/html, 405",
        "POST, /nothing, Accept: text/html, 405",
        "POST, /nothing, Content-Length: 1000000, 413",
        "GET, /, Transfer-Encoding: gzip, 501"
    })
    void theEntryPointSaysWhatIsWrongWithARequest(String method, String path, String header, String status) {
        assertThat(rejection(method + " " + path, header)).startsWith("HTTP/1.1 " + status + " ");
    }

    @Test
    void theEntryPointRejectsHeadersThatAreTooLarge() {
        assertThat(rejection("GET /", "X: " + "x".repeat(9_000))).startsWith("HTTP/1.1 431 ");
    }

    private static String rejection(String request, String header) {
        String head = request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "\r\n\r\n";
        String answer = RawHttp.answer(RawHttp.send(PORT, head + "no length of a chunk\r\n"));
        assertThat(answer).contains("Content-Type: application/problem+json", "Cache-Control: no-store", "\r\n{");
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/main/access", "/nothing/here"})
    void requiresTlsOfBrowsersOnlyBehindAProxyThatHasIt(String path) {
        String header = "Strict-Transport-Security";
        assertThat(door.get(path).headers().firstValue(header)).isEmpty();
        HttpResponse<String> secure = door.send(door.request(path).header("X-Forwarded-Proto", "https"));
        assertThat(secure.headers().allValues(header)).containsExactly("max-age=31536000");
    }

    @Test
    void answersToTheNamesOfThisMachineOnly() {
        for (String path : List.of("/main/users", "/stream/" + pairs.next())) {
            HttpResponse<String> answer = door.send(door.request(path).header("Host", "elsewhere.test"));
            assertThat(answer.statusCode()).as(path).isEqualTo(421);
        }
        assertThat(door.send(door.request("/main/users").header("Host", "localhost"))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "main", "stream"})
    void startsWithWhatWasLearnedWhenTheImageWasMade(String service) {
        assertThat(mapped(service)).contains("/service/service.aot");
    }

    @Test
    void readsAndWritesByNettysNativeLibrary() {
        assertThat(mapped("stream")).contains("/service/META-INF/native/libnetty_transport_native_epoll");
    }

    private static String mapped(String service) {
        return compose("exec", "-T", service, "cat", "/proc/1/maps");
    }

    @Test
    void takesTheClientsOfAKilledStreamInstanceToAnotherOneWithTheirSessions() throws Exception {
        try (Crowd crowd = new Crowd(door, pairs, 10)) {
            crowd.spreadOver(containers("stream"));
            String killed = containers("stream").get(0);
            List<Client> moving = crowd.on(List.of(killed));
            assertThat(moving).isNotEmpty().hasSizeLessThan(crowd.clients().size());

            Docker.run("kill", killed);

            await().untilAsserted(() -> assertThat(crowd.on(List.of(killed))).isEmpty());
            crowd.awaitMessages();
            crowd.assertKeptTheirSessions();
            assertThat(crowd.clients())
                    .allSatisfy(client -> assertThat(client.sessions()).hasSize(moving.contains(client) ? 2 : 1));
            crowd.report("A stream container is killed");
        } finally {
            up();
        }
    }

    @Test
    void goesOnWithAnyTwoOfThreeRedis() throws Exception {
        try (Crowd crowd = new Crowd(door, pairs, 4)) {
            for (String redis : List.of("redis-1", "redis-2")) {
                compose("kill", redis);
                crowd.awaitMessages();
                try (Crowd late = new Crowd(door, pairs, 1)) {
                    late.awaitMessages();
                }
                up();
            }
            crowd.assertNeverLeft();
        } finally {
            up();
        }
    }

    @Test
    void carriesWhatIsPublishedFromARedisBesideTheMasters() throws Exception {
        Pair pair = pairs.next();
        Map<String, String> publishing = new HashMap<>(ENVIRONMENT);
        publishing.put("KUBESCALER_STREAM_SOURCE", "redis");
        Docker.run(publishing, "compose", "up", "--detach", "--wait");
        try (Client client = door.client(pair)) {
            await().until(() -> client.instance().isPresent());
            String key = "messages:" + pair.profile();

            redis("redis-messages", "messages", "XADD", key, "*", "message", "hello");

            await().untilAsserted(() -> assertThat(client.messages()).isEqualTo(1));
            assertThat(redis("redis-messages", "messages", "EXISTS", key)).isEqualTo("1");
        } finally {
            up();
        }
    }

    @Test
    void theDataStoresAdmitOnlyTheirUsersAndThoseDoOnlyTheirWork() throws IOException {
        for (String redis : List.of("redis-1", "redis-2", "redis-3", "redis-messages")) {
            assertThat(compose("exec", "-T", redis, "redis-cli", "PING")).startsWith("NOAUTH");
        }
        assertThat(redis("redis-1", "lock", "GET", "messages:1")).startsWith("NOPERM");
        assertThat(redis("redis-1", "lock", "FLUSHALL")).startsWith("NOPERM");
        assertThat(redis("redis-messages", "messages", "CONFIG", "GET", "*")).startsWith("NOPERM");

        assertThatThrownBy(() -> cassandra("cassandra", "cassandra", "LIST ROLES"))
                .hasMessageContaining("AuthenticationFailed");
        assertThatThrownBy(() -> cassandra("base", secret("base"), "CREATE ROLE another"))
                .hasMessageContaining("Unauthorized");
        assertThat(cassandra("base", secret("base"), "SELECT COUNT(*) FROM kubescaler.profiles"))
                .contains("(1 rows)");
    }

    @Test
    void saysThatADataStoreRejectsThePassword() {
        assertThatThrownBy(() -> compose("run", "--rm", "--no-deps", "-e", "SPRING_CASSANDRA_PASSWORD=wrong", "base"))
                .hasMessageContaining("Cassandra at cassandra:9042 rejects the password of the user base.");
    }

    @Test
    void theEntryPointReachesOnlyWhatItPassesOn() {
        assertThat(compose("exec", "-T", "web-client", "getent", "hosts", "main", "stream"))
                .contains("main", "stream");
        for (String other : List.of("base", "cassandra", "redis-1", "redis-messages", "prometheus")) {
            assertThatThrownBy(() -> compose("exec", "-T", "web-client", "getent", "hosts", other))
                    .as(other)
                    .hasMessageContaining("failed");
        }
    }

    /** Not even when it rejects a request, or finds no instance for one. */
    @Test
    void theEntryPointWritesNoSessionTokenIntoItsLog() {
        String path = "/stream/" + pairs.next();
        String token = "5e55107".repeat(4);
        HttpRequest request = door.request(path + "?session=" + token).build();
        Set<Integer> statuses;
        compose("kill", "stream");
        try {
            statuses =
                    Stream.generate(() -> HTTP.sendAsync(request, BodyHandlers.discarding()))
                            .limit(500)
                            .toList()
                            .stream()
                            .map(answer -> answer.join().statusCode())
                            .collect(Collectors.toSet());
        } finally {
            up();
        }
        assertThat(statuses).containsExactlyInAnyOrder(503, 429);
        assertThat(compose("logs", "web-client"))
                .containsPattern("\"503\".*\"" + path + "\"")
                .containsPattern("\"429\".*\"" + path + "\"")
                .doesNotContain(token);
        HttpResponse<String> moved = door.get("/stream");
        assertThat(moved.headers().firstValue("Location")).hasValue("/stream/");
        assertThat(moved.headers().firstValue("Cache-Control")).hasValue("no-store");
    }

    private static String cassandra(String user, String password, String cql) {
        return compose("exec", "-T", "cassandra", "cqlsh", "-u", user, "-p", password, "-e", cql);
    }

    private static String redis(String service, String user, String... command) throws IOException {
        return compose(Stream.concat(
                        Stream.of("exec", "-T", service, "redis-cli", "--raw", "--no-auth-warning"),
                        Stream.concat(Stream.of("--user", user, "--pass", secret(user)), Stream.of(command)))
                .toArray(String[]::new));
    }

    private static String secret(String name) throws IOException {
        return Files.readString(Services.projectRoot().resolve("secrets").resolve(name));
    }

    @Test
    void goesOnStreamingWithoutBaseAndTakesNewClientsWhenItIsBack() throws Exception {
        try (Crowd crowd = new Crowd(door, pairs, 4)) {
            compose("kill", "base");

            Pair pair = pairs.next();
            RefusedException refused = door.refusal(pair);
            assertThat(refused.status()).as(refused.body()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            crowd.awaitMessages();

            up();
            try (Client late = door.client(pair)) {
                await().untilAsserted(() -> assertThat(late.messages()).isPositive());
            }
            crowd.assertNeverLeft();
        } finally {
            up();
        }
    }

    @Test
    void givesACanarySomeOfTheNewStreamsAndTakesThemBack() throws Exception {
        List<String> before = containers("stream");
        try (Crowd crowd = new Crowd(door, pairs, 4)) {
            follow("Canary");
            List<String> canary = without(before, containers("stream"));
            assertThat(canary).hasSize(1);
            try (Crowd visitors = new Crowd(door, pairs, 20)) {
                visitors.spreadOver(canary);
                assertThat(visitors.on(canary))
                        .hasSizeLessThan(visitors.clients().size());

                follow("Back");
                assertThat(containers("stream")).hasSameElementsAs(before);
                awaitAllOn(visitors, before);
                visitors.assertKeptTheirSessions();
            }
            crowd.assertNeverLeft();
        } finally {
            up();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Rolling", "Blue-green"})
    void bringsAReleaseOutWithAllClientsKeepingTheirSessions(String way) throws Exception {
        List<String> before = containers("stream");
        try (Crowd crowd = new Crowd(door, pairs, 10);
                Strangers strangers = new Strangers(door, crowd.pairs())) {
            follow(way);

            List<String> after = containers("stream");
            assertThat(after).hasSize(2).doesNotContainAnyElementsOf(before);
            assertThat(Docker.run("inspect", "--format", "{{.Config.Image}}", after.get(0)))
                    .isEqualTo("kubescaler/stream:" + NEXT);
            awaitAllOn(crowd, after);
            crowd.assertKeptTheirSessions();
            assertThat(strangers.tries()).isPositive();
            assertThat(strangers.letIn()).isEmpty();
            crowd.report(way);
        } finally {
            up();
        }
    }

    private static void follow(String goal) throws IOException {
        Recipe.follow("With compose", goal, ENVIRONMENT);
    }

    private static List<String> without(List<String> some, List<String> all) {
        return all.stream().filter(one -> !some.contains(one)).toList();
    }

    private static void awaitAllOn(Crowd crowd, List<String> instances) {
        await().untilAsserted(() -> assertThat(crowd.on(instances)).hasSameSizeAs(crowd.clients()));
        crowd.awaitMessages();
    }

    @Test
    void showsAllInstancesOnTheSystemPage() {
        await().untilAsserted(() -> assertThat(door.instances()).containsExactly("base", "main", "stream", "stream"));
    }

    @Test
    void measuresEveryInstanceByItsServiceAndItsName() {
        await().untilAsserted(() -> assertThat(measured("up == 1"))
                .allSatisfy(up -> assertThat(up.path("pod").asString())
                        .startsWith(up.path("service").asString() + "-"))
                .extracting(up -> up.path("service").asString())
                .containsExactlyInAnyOrder("base", "main", "stream", "stream"));
    }

    @Test
    void raisesAnAlertWhileARedisIsGone() throws Exception {
        await().untilAsserted(() -> assertThat(firing()).doesNotContain("RedisMasterDown"));
        try {
            compose("kill", "redis-3");

            await().untilAsserted(() -> assertThat(firing()).contains("RedisMasterDown"));
            assertThat(firing()).doesNotContain("RedisQuorumLost");
        } finally {
            up();
        }
        await().untilAsserted(() -> assertThat(firing()).doesNotContain("RedisMasterDown"));
    }

    private static List<String> firing() throws Exception {
        return measured("ALERTS{alertstate=\"firing\"}").stream()
                .map(alert -> alert.path("alertname").asString())
                .toList();
    }

    /** The labels of what Prometheus answers. */
    private static List<JsonNode> measured(String query) throws Exception {
        String address = compose("port", "prometheus", "9090");
        Door prometheus = new Door(Integer.parseInt(address.substring(address.indexOf(':') + 1)));
        return prometheus
                .json("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .path("data")
                .path("result")
                .valueStream()
                .map(series -> series.path("metric"))
                .toList();
    }

    /** The running containers of a service, by the names that their processes see. */
    private static List<String> containers(String service) {
        return compose("ps", "--quiet", service)
                .lines()
                .map(id -> id.substring(0, 12))
                .toList();
    }

    private static void up() {
        compose("up", "--detach", "--wait");
    }

    private static void down() {
        compose("down", "--volumes", "--timeout", "1");
        Docker.untagStream(NEXT);
    }

    private static String compose(String... arguments) {
        return Docker.run(
                ENVIRONMENT,
                Stream.concat(Stream.of("compose"), Stream.of(arguments)).toArray(String[]::new));
    }
}

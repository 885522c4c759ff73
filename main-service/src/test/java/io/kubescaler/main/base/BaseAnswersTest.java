package io.kubescaler.main.base;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

/** Answers that the real base returns rarely or never: here, a server returns the answer that the test sets. */
@DirtiesContext
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"management.server.port=0", "kubescaler.base.timeout=500ms"})
class BaseAnswersTest {

    private static final String USER = "00000000-0000-0000-0000-000000000001";

    private static HttpServer scripted;
    private static final AtomicInteger calls = new AtomicInteger();
    private static volatile Answer answer = new Answer(200, "application/json", "", Map.of());

    @LocalServerPort
    private int port;

    private RestTestClient client;

    private record Answer(int status, String type, String body, Map<String, String> headers) {}

    @DynamicPropertySource
    static void startScriptedBase(DynamicPropertyRegistry registry) throws IOException {
        scripted = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        scripted.createContext("/", exchange -> {
            calls.incrementAndGet();
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        scripted.start();
        registry.add(
                "kubescaler.base.url",
                () -> "http://127.0.0.1:" + scripted.getAddress().getPort());
        // Nothing listens there, and no call here uses Redis.
        registry.add("kubescaler.redis.nodes", () -> "redis://127.0.0.1:1");
    }

    @AfterAll
    static void stopScriptedBase() {
        scripted.stop(0);
    }

    @BeforeEach
    void connect() {
        calls.set(0);
        client = RestTestClient.bindToServer(new JdkClientHttpRequestFactory())
                .baseUrl("http://127.0.0.1:" + port)
                .build();
    }

    @Test
    void readsAnAnswerThatHasMoreInItThanItKnows() {
        answer = json("{\"items\":[{\"id\":\"" + USER + "\",\"name\":\"new\"}],\"next\":null,\"total\":1}");

        client.get()
                .uri("/main/users")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(new ParameterizedTypeReference<Page<User>>() {})
                .isEqualTo(new Page<>(List.of(new User(UUID.fromString(USER))), null));
    }

    @Test
    void passesARefusalOnInTheWordsOfBase() {
        answer = new Answer(
                404,
                "application/problem+json;charset=UTF-8",
                "{\"type\":\"urn:kubescaler:problem:user-unknown\",\"title\":\"No such user\",\"status\":404,"
                        + "\"detail\":\"There is no user.\",\"instance\":\"/users/1\",\"hint\":\"none\"}",
                Map.of());

        ProblemDetail problem = problem("/main/login/" + USER, 404, null);

        assertThat(problem.getType()).hasToString("urn:kubescaler:problem:user-unknown");
        assertThat(problem.getTitle()).isEqualTo("No such user");
        assertThat(problem.getInstance()).hasToString("/main/login/" + USER);
        assertThat(problem.getProperties()).containsEntry("hint", "none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Another server answers, or base has another version.
                "404 | text/html                | <h1>Not Found</h1>",
                "404 | application/json         | {}",
                "404 | application/problem+json | ",
                "404 | application/problem+json | nonsense",
                "404 | application/problem+json | null",
                "404 | application/problem+json | {\"status\":404}",
                "405 | application/problem+json | {\"status\":405}",
                "301 | text/html                | ",
                // Base fails.
                "500 | application/problem+json | {\"status\":500}",
                "503 | application/problem+json | {\"status\":503}",
                "200 | text/html                | <h1>Welcome</h1>",
                "200 | application/json         | {\"items\":[",
                "200 | application/json         | ",
                "200 | application/json         | []",
                "200 | application/json         | {}",
                "200 | application/json         | null",
                "204 | application/json         | "
            })
    void takesWhatBaseNeverMeantForAFailureOfIt(int status, String type, @Nullable String body) {
        answer = new Answer(status, type, body == null ? "" : body, Map.of());

        problem("/main/users", 503, "[1-3]");
        problem("/main/suggested", 503, "[1-3]");
        problem("/main/login/" + USER, 503, "[1-3]");
    }

    @Test
    void doesNotWaitAndAskAgainWhenBaseSaysThatItIsUnavailable() {
        answer = new Answer(503, "application/problem+json", "{\"status\":503}", Map.of("Retry-After", "600"));

        problem("/main/users", 503, "[1-3]");

        assertThat(calls).hasValue(1);
    }

    @Test
    void walksOverBasesListsOnceForManyCallsInARow() {
        answer = json("{\"items\":[],\"next\":null}");

        for (int i = 0; i < 20; i++) {
            client.get().uri("/main/suggested").exchange().expectStatus().isOk();
            client.get().uri("/main/testdata").exchange().expectStatus().isOk();
        }

        // One walk is three calls. A slow machine may need more than one.
        assertThat(calls).hasValueLessThan(20);
    }

    private static Answer json(String body) {
        return new Answer(200, "application/json", body, Map.of());
    }

    private ProblemDetail problem(String uri, int status, @Nullable String retryAfter) {
        var result = client.get()
                .uri(uri)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody(ProblemDetail.class)
                .returnResult();
        if (retryAfter == null) {
            assertThat(result.getResponseHeaders().getFirst("Retry-After")).isNull();
        } else {
            assertThat(result.getResponseHeaders().getFirst("Retry-After")).matches(retryAfter);
        }
        return Objects.requireNonNull(result.getResponseBody());
    }
}

package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import io.kubescaler.backing.Backing;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.util.UriComponentsBuilder;

/** The whole service on the real base service and three real Redis masters, and clients for it. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            // Long, because other programs use this machine, too.
            "kubescaler.base.timeout=20s",
            "kubescaler.redis.timeout=2s"
        })
abstract class LiveMainService {

    static final ParameterizedTypeReference<Page<User>> USERS = new ParameterizedTypeReference<>() {};
    static final ParameterizedTypeReference<Page<Profile>> PROFILES = new ParameterizedTypeReference<>() {};

    private static final ParameterizedTypeReference<Page<LaunchedProfile>> LAUNCHED =
            new ParameterizedTypeReference<>() {};

    @LocalServerPort
    int port;

    @LocalManagementPort
    int managementPort;

    RestTestClient client;
    RestTestClient management;
    RestTestClient base;

    @BeforeEach
    void connect() {
        client = client("http://127.0.0.1:" + port);
        management = client("http://127.0.0.1:" + managementPort);
        base = client(baseUrl().toString());
    }

    /** The real base service, from its jar, on a real Cassandra. It runs until the test JVM ends, at the latest. */
    static Service startBase(String name, String... more) {
        List<String> settings = new ArrayList<>(Services.on(Backing.cassandra()));
        settings.add("--spring.cassandra.keyspace-name=main_it");
        settings.add("--spring.cassandra.request.timeout=10s");
        settings.addAll(List.of(more));
        return Services.ofTests()
                .create(name, Kind.BASE, List.of("-Xmx256m", "-XX:+UseSerialGC"), settings)
                .start();
    }

    /** The address of the base that the service calls. */
    abstract URI baseUrl();

    static RestTestClient client(String url) {
        return RestTestClient.bindToServer(new JdkClientHttpRequestFactory())
                .baseUrl(url)
                .build();
    }

    UUID newUser() {
        UUID id = UUID.randomUUID();
        base.put().uri("/users/{id}", id).exchange().expectStatus().isCreated();
        return id;
    }

    UUID newProfile(UUID... users) {
        UUID id = UUID.randomUUID();
        base.put()
                .uri("/profiles/{id}", id)
                .body(Map.of("users", Set.of(users)))
                .exchange()
                .expectStatus()
                .isCreated();
        return id;
    }

    List<LaunchedProfile> login(UUID user) {
        Page<LaunchedProfile> page = get("/main/login/" + user, LAUNCHED);
        assertThat(page.next()).isNull();
        return page.items();
    }

    /** The items of all pages of a list. */
    <T> List<T> all(String list, int limit, ParameterizedTypeReference<Page<T>> type) {
        List<T> items = new ArrayList<>();
        String next = null;
        do {
            Page<T> page = page(list, limit, next, type);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            items.addAll(page.items());
            next = page.next();
        } while (next != null);
        return items;
    }

    <T> Page<T> page(String list, int limit, @Nullable String page, ParameterizedTypeReference<Page<T>> type) {
        UriComponentsBuilder uri = UriComponentsBuilder.fromPath(list).queryParam("limit", limit);
        if (page != null) {
            uri.queryParam("page", page);
        }
        return get(uri.toUriString(), type);
    }

    private <T> T get(String uri, ParameterizedTypeReference<T> type) {
        return Objects.requireNonNull(client.get()
                .uri(uri)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(type)
                .returnResult()
                .getResponseBody());
    }

    /** Expects a rejection, and returns the problem. */
    static ProblemDetail problem(RestTestClient.RequestHeadersSpec<?> request, HttpStatus status) {
        return problem(request.exchange(), status);
    }

    /** Expects a 503 with a {@code Retry-After}, and returns the detail. */
    static String asksToComeBack(RestTestClient.RequestHeadersSpec<?> request) {
        RestTestClient.ResponseSpec answer = request.exchange();
        answer.expectHeader().valueMatches("Retry-After", "[1-9]\\d*");
        return String.valueOf(problem(answer, HttpStatus.SERVICE_UNAVAILABLE).getDetail());
    }

    private static ProblemDetail problem(RestTestClient.ResponseSpec answer, HttpStatus status) {
        ProblemDetail problem = Objects.requireNonNull(answer.expectStatus()
                .isEqualTo(status)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody(ProblemDetail.class)
                .returnResult()
                .getResponseBody());
        assertThat(problem.getStatus()).isEqualTo(status.value());
        assertThat(problem.getTitle()).isNotBlank();
        assertThat(problem.getDetail()).isNotBlank().doesNotContain("Exception", "127.0.0.1", "localhost");
        return problem;
    }

    record Counts(int users, int profiles) {}

    Counts countTestData() {
        return get("/main/testdata", new ParameterizedTypeReference<>() {});
    }
}

package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
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
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.util.UriComponentsBuilder;

/** The whole service on the real base service and three real Redis masters, and clients to talk to it. All tests share it. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            // Others use this machine too.
            "kubescaler.base.read-timeout=20s",
            "kubescaler.redis.timeout=2s"
        })
public abstract class LiveMainService {

    protected static final ParameterizedTypeReference<Page<User>> USERS = new ParameterizedTypeReference<>() {};
    protected static final ParameterizedTypeReference<Page<Profile>> PROFILES = new ParameterizedTypeReference<>() {};

    private static final ParameterizedTypeReference<Page<LaunchedProfile>> LAUNCHED =
            new ParameterizedTypeReference<>() {};

    @LocalServerPort
    protected int port;

    @LocalManagementPort
    private int managementPort;

    protected RestTestClient client;
    protected RestTestClient management;
    protected RestTestClient base;

    @DynamicPropertySource
    static void surroundings(DynamicPropertyRegistry registry) {
        registry.add("kubescaler.base.url", () -> Shared.BASE.url);
        registry.add("kubescaler.redis.nodes", () -> joined(Shared.REDIS.uris()));
    }

    @BeforeEach
    void connect() {
        client = client("http://127.0.0.1:" + port);
        management = client("http://127.0.0.1:" + managementPort);
        base = client(baseUrl().toString());
    }

    protected URI baseUrl() {
        return Shared.BASE.url;
    }

    protected static List<URI> redisUris() {
        return Shared.REDIS.uris();
    }

    static String joined(List<URI> uris) {
        return uris.stream().map(URI::toString).collect(Collectors.joining(","));
    }

    protected static RestTestClient client(String url) {
        return RestTestClient.bindToServer(new JdkClientHttpRequestFactory())
                .baseUrl(url)
                .build();
    }

    protected UUID newUser() {
        UUID id = UUID.randomUUID();
        base.put().uri("/users/{id}", id).exchange().expectStatus().isCreated();
        return id;
    }

    protected UUID newProfile(UUID... users) {
        UUID id = UUID.randomUUID();
        base.put()
                .uri("/profiles/{id}", id)
                .body(Map.of("users", Set.of(users)))
                .exchange()
                .expectStatus()
                .isCreated();
        return id;
    }

    protected List<LaunchedProfile> login(UUID user) {
        Page<LaunchedProfile> page = get("/main/login/" + user, LAUNCHED);
        assertThat(page.next()).isNull();
        return page.items();
    }

    /** The items of all pages of a list. */
    protected <T> List<T> all(String list, int limit, ParameterizedTypeReference<Page<T>> type) {
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

    protected <T> Page<T> page(
            String list, int limit, @Nullable String page, ParameterizedTypeReference<Page<T>> type) {
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

    /** Expects a refusal, and returns why. */
    protected static ProblemDetail problem(RestTestClient.RequestHeadersSpec<?> request, HttpStatus status) {
        ProblemDetail problem = Objects.requireNonNull(request.exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody(ProblemDetail.class)
                .returnResult()
                .getResponseBody());
        assertThat(problem.getStatus()).isEqualTo(status.value());
        assertThat(problem.getTitle()).isNotBlank();
        assertThat(problem.getDetail()).isNotBlank();
        return problem;
    }

    /** Started by the first test that needs them. */
    private static final class Shared {
        static final BaseProcess BASE = BaseProcess.start("base-service");
        static final RedisNodes REDIS = Backing.redis(3);
    }
}

package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.util.UriComponentsBuilder;

/** The whole service on a real Cassandra, and a client for it. Every test creates its own users and profiles. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            "kubescaler.schema.mode=migrate",
            "spring.cassandra.keyspace-name=base_it",
            "spring.cassandra.request.timeout=20s",
            // Small, so that reading everything takes several pages.
            "spring.cassandra.request.page-size=3"
        })
public abstract class LiveBaseService {

    @LocalServerPort
    private int port;

    @LocalManagementPort
    private int managementPort;

    protected WebTestClient client;
    protected WebTestClient management;

    @BeforeEach
    void connect() {
        client = client(port);
        management = client(managementPort);
    }

    private static WebTestClient client(int port) {
        return WebTestClient.bindToServer()
                .baseUrl("http://localhost:" + port)
                .responseTimeout(Duration.ofSeconds(60))
                .build();
    }

    protected int port() {
        return port;
    }

    protected UUID newUser() {
        return Objects.requireNonNull(client.post()
                        .uri("/users")
                        .exchange()
                        .expectStatus()
                        .isCreated()
                        .expectBody(User.class)
                        .returnResult()
                        .getResponseBody())
                .id();
    }

    protected UUID newProfile(UUID... users) {
        return Objects.requireNonNull(client.post()
                        .uri("/profiles")
                        .bodyValue(Map.of("users", users))
                        .exchange()
                        .expectStatus()
                        .isCreated()
                        .expectBody(Profile.class)
                        .returnResult()
                        .getResponseBody())
                .id();
    }

    protected Collection<UUID> usersOf(UUID profile) {
        return Objects.requireNonNull(client.get()
                        .uri("/profiles/{id}", profile)
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectBody(Profile.class)
                        .returnResult()
                        .getResponseBody())
                .users();
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
        String uri = UriComponentsBuilder.fromPath(list)
                .queryParam("limit", limit)
                .queryParamIfPresent("page", Optional.ofNullable(page))
                .toUriString();
        return Objects.requireNonNull(client.get()
                .uri(uri)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(type)
                .returnResult()
                .getResponseBody());
    }

    /** Sends a request that must be rejected, and returns the problem. */
    protected ProblemDetail refused(HttpMethod method, String uri, HttpStatus status) {
        return problem(client.method(method).uri(uri).exchange(), status);
    }

    protected static ProblemDetail problem(WebTestClient.ResponseSpec answer, HttpStatus status) {
        ProblemDetail problem = Objects.requireNonNull(answer.expectStatus()
                .isEqualTo(status)
                .expectHeader()
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .expectBody(ProblemDetail.class)
                .returnResult()
                .getResponseBody());
        assertThat(problem.getTitle()).isNotBlank();
        assertThat(problem.getDetail()).isNotBlank().doesNotContain("Exception", "127.0.0.1", "localhost");
        return problem;
    }
}

package io.kubescaler.main;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.ProblemType;
import io.kubescaler.backing.CallRights;
import io.kubescaler.backing.Issuer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;
import tools.jackson.databind.JsonNode;

/** Main with access tokens. */
@ExtendWith(OutputCaptureExtension.class)
class AccessIT extends UndisturbedMainService {

    private static final Issuer ISSUER = Issuer.rs256("main");
    private static final UUID USER = UUID.randomUUID();

    @DynamicPropertySource
    static void tokens(DynamicPropertyRegistry registry) throws IOException {
        ISSUER.settings().forEach((name, value) -> registry.add(name, () -> value));
    }

    /** As documented. */
    @ParameterizedTest
    @MethodSource("calls")
    void allowsEachCallByUserAndScope(CallRights call) {
        UUID user = newUser();
        HttpMethod method = HttpMethod.valueOf(call.method());
        String uri = call.path().replace("{userId}", user.toString());

        assertThat(List.of(
                        status(method, uri, null),
                        status(method, uri, ISSUER.token(user, "stream")),
                        status(method, uri, ISSUER.token(USER, "stream")),
                        status(method, uri, ISSUER.token(Issuer.claims(user, "admin", Duration.ofSeconds(-31)))),
                        status(method, uri, ISSUER.token("application", "publish")),
                        status(method, uri, ISSUER.token("operator", "admin"))))
                .containsExactly(
                        call.none(), call.own(), call.anothers(), call.expired(), call.publisher(), call.admin());
    }

    static List<CallRights> calls() throws IOException {
        return CallRights.of("/main");
    }

    @Test
    void triesEachCallThatIsDescribedAndAnAddressOfNothing() throws IOException {
        List<String> expected = new ArrayList<>(CallRights.described("main"));
        expected.add("GET /main/nothing");
        assertThat(calls()).extracting(CallRights::call).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @CsvSource({"x, 403, 400", "OWN/, 403, 404"})
    void hasNoSecondSpellingOfAnAddress(String id, int own, int admin) {
        String uri = "/main/login/" + id.replace("OWN", USER.toString());

        assertThat(status(HttpMethod.GET, uri, ISSUER.token(USER, "stream"))).isEqualTo(own);
        assertThat(status(HttpMethod.GET, uri, ISSUER.token("operator", "admin")))
                .isEqualTo(admin);
    }

    /** As with open access, but for the 401. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /main/access|Accept: \u00c3\u0080|406",
                "GET /main/access|X-Any: \u00c3\u0080|200",
                "GET /main/access;a=b|X-Any: x|200",
                "GET /main/users;a=b|X-Any: x|401",
                "BREW /main/access|X-Any: x|405",
            })
    void answersRareRequests(String line, String header, int status) {
        String answer =
                answer(send(port, line + " HTTP/1.1\r\nHost: main\r\nConnection: close\r\n" + header + "\r\n\r\n"));

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        if (status >= 400) {
            assertThat(answer).contains("application/problem+json", "\"title\"");
        }
    }

    @ParameterizedTest
    @MethodSource("bad")
    void rejectsBadTokensInWords(String token) {
        ProblemDetail problem = problem(get("/main/users").header("Authorization", "Bearer " + token), UNAUTHORIZED);

        assertThat(problem.getType()).isEqualTo(ProblemType.UNIDENTIFIED.uri());
        assertThat(problem.getDetail()).contains("access token");
        get("/main/users")
                .header("Authorization", "Bearer " + token)
                .exchange()
                .expectHeader()
                .valueMatches("WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"[^\"]+\"");
    }

    private static final HttpStatus UNAUTHORIZED = HttpStatus.UNAUTHORIZED;

    static List<String> bad() {
        return ISSUER.badTokens();
    }

    @Test
    void asksForATokenInWords() {
        ProblemDetail problem = problem(get("/main/users"), UNAUTHORIZED);

        assertThat(problem.getDetail()).contains("Authorization: Bearer").contains("__Host-kubescaler");
        assertThat(problem.getInstance()).hasPath("/main/users");
        get("/main/users").exchange().expectHeader().valueEquals("WWW-Authenticate", "Bearer");
    }

    /** A proxy may have given a connection that ends to another client's call by then. */
    @Test
    void keepsTheConnectionOfACallWithoutAToken() {
        String post = "POST /main/testdata HTTP/1.1\r\nHost: main\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\n\r\n{}";

        assertThat(answer(send(port, post + "GET /main/access HTTP/1.1\r\nHost: main\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 401 ")
                .contains("HTTP/1.1 200 ");
    }

    @Test
    void rejectsAHeaderThatIsNoToken() {
        assertThat(problem(get("/main/users").header("Authorization", "Bearer a b"), UNAUTHORIZED)
                        .getDetail())
                .contains("Authorization");
    }

    @Test
    void takesTheTokenFromTheCookieAndNeverFromTheAddress() {
        String token = ISSUER.token("operator", "admin");

        get("/main/users")
                .header("Cookie", "__Host-kubescaler=" + token)
                .exchange()
                .expectStatus()
                .isOk();
        get("/main/users?access_token=" + token).exchange().expectStatus().isUnauthorized();
        get("/main/users")
                .header("Authorization", "Bearer " + ISSUER.token(USER, "stream"))
                .header("Cookie", "__Host-kubescaler=" + token)
                .exchange()
                .expectStatus()
                .isForbidden();
    }

    /** Tomcat logs the first of each kind that it cannot read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /main/users HTTP/1.1\r\nHost: main\r\nAuthorization : Bearer TOKEN",
                "GET /main/users HTTP/1.1\r\nHost: main\r\nCookie: __Host-kubescaler=TOKEN,",
                "GET /main/users?session=TOKEN\" HTTP/1.1\r\nHost: main",
                "GET /main/users?session=TOKEN HTTP/1.x\r\nHost: main",
                "GET /main/users HTTP/1.1\r\nHost: [TOKEN",
                "TOKEN"
            })
    void logsNoToken(String request, CapturedOutput log) {
        String token = ISSUER.token("operator", "admin");

        assertThat(answer(send(port, request.replace("TOKEN", token) + "\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 4");
        assertThat(log).doesNotContain(token);
    }

    @Test
    void showsWhoTheCallerIs() {
        assertThat(access(null)).hasToString("{\"access\":\"token\",\"user\":null,\"admin\":false}");
        assertThat(access(ISSUER.token(USER, "stream")))
                .hasToString("{\"access\":\"token\",\"user\":\"" + USER + "\",\"admin\":false}");
        assertThat(access(ISSUER.token("operator", "admin")))
                .hasToString("{\"access\":\"token\",\"user\":\"operator\",\"admin\":true}");
    }

    @Test
    void leavesTheManagementPortAlone() {
        for (String path : new String[] {"/actuator/health/liveness", "/actuator/prometheus"}) {
            management.get().uri(path).exchange().expectStatus().isOk();
        }
        management.get().uri("/nothing").exchange().expectStatus().isNotFound();
    }

    private JsonNode access(@Nullable String token) {
        return Objects.requireNonNull(with(token, get("/main/access"))
                .exchange()
                .expectBody(JsonNode.class)
                .returnResult()
                .getResponseBody());
    }

    private int status(HttpMethod method, String uri, @Nullable String token) {
        RestTestClient.RequestBodySpec call = client.method(method).uri(uri);
        return with(token, method == HttpMethod.POST ? call.body(Map.of()) : call)
                .exchange()
                .returnResult(Void.class)
                .getStatus()
                .value();
    }

    private RestTestClient.RequestHeadersSpec<?> get(String uri) {
        return client.get().uri(uri);
    }

    private static RestTestClient.RequestHeadersSpec<?> with(
            @Nullable String token, RestTestClient.RequestHeadersSpec<?> request) {
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }
}

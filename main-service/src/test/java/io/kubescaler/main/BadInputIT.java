package io.kubescaler.main;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.service.web.ForeignPages;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

@ExtendWith(OutputCaptureExtension.class)
class BadInputIT extends UndisturbedMainService {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "1-1-1-1-1",
                "00000000-0000-0000-0000-00000000000",
                "00000000-0000-0000-0000-0000000000000",
                "%20"
            })
    void refusesWhatIsNoId(String id) {
        assertThat(refused(HttpMethod.GET, "/main/login/" + id, HttpStatus.BAD_REQUEST))
                .startsWith("userId: ");
    }

    @ParameterizedTest
    @CsvSource({
        "/main/users, limit=0, limit",
        "/main/users, limit=-1, limit",
        "/main/users, limit=1001, limit",
        "/main/users, limit=ten, limit",
        "/main/users, limit=1.5, limit",
        "/main/users, limit=99999999999, limit",
        "/main/users, page=x, page",
        "/main/users, page=, page",
        "/main/users, page=%252F%26limit%3D5, page",
        "/main/users, page=%7Bx%7D, page",
        "/main/profiles, limit=0, limit",
        "/main/profiles, page=00, page",
        "/main/suggested, limit=0, limit",
        "/main/suggested, page=x, page",
        "/main/suggested, page=, page",
        "/main/suggested, page=AAAAAAAAAAAAAAAAAAAAAB, page",
        "/main/suggested, page=AAAAAAAAAAAAAAAAAAAAAA==, page"
    })
    void namesTheParameterThatIsWrong(String list, String query, String field) {
        assertThat(refused(HttpMethod.GET, list + "?" + query, HttpStatus.BAD_REQUEST))
                .startsWith(field + ": ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"users\": -1}|users",
                "{\"users\": 10001}|users",
                "{\"profiles\": -1}|profiles",
                "{\"profiles\": 10001}|profiles",
                "{\"users\": \"many\"}|users",
                "{\"users\": \"5\"}|users",
                "{\"users\": 1.5}|users",
                "{\"users\": true}|users",
                "{\"users\": []}|users",
                "{\"users\": {}}|users",
                "{\"users\": 99999999999}|users",
                "{\"users\": 1e99}|users",
                "{\"cats\": 5}|cats"
            })
    void namesTheFieldThatIsWrong(String body, String field) {
        assertThat(refusedBody(body)).startsWith(field + ": ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "5", "\"x\"", "{\"users\": 1} {}", "{\"users\": 1, \"users\": 2}", "nonsense"})
    void refusesWhatIsNoObject(String body) {
        assertThat(refusedBody(body)).isNotBlank();
    }

    @Test
    void refusesAnOversizedBodyWhetherItsLengthIsAnnouncedOrNot() {
        String body = "{\"users\":" + " ".repeat(100_000) + "1}";
        problem(
                client.post()
                        .uri("/main/testdata")
                        .contentType(MediaType.APPLICATION_JSON)
                        .body(body),
                HttpStatus.CONTENT_TOO_LARGE);

        String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
        assertThat(answer(send(
                        port,
                        "POST /main/testdata HTTP/1.1\r\nHost: main\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)))
                .startsWith("HTTP/1.1 413 ")
                .contains("application/problem+json");
    }

    @Test
    void refusesABodyThatIsNotJson() {
        problem(
                client.post()
                        .uri("/main/testdata")
                        .contentType(MediaType.TEXT_PLAIN)
                        .body("users=1"),
                HttpStatus.UNSUPPORTED_MEDIA_TYPE);
    }

    /** A client's mistake is nothing to warn of. */
    @AfterEach
    void warnsOfNothing(CapturedOutput log) {
        assertThat(log).doesNotContainPattern(" (WARN|ERROR) .*-exec-\\d");
    }

    /** As Netty's services; there is no list of names here. */
    @ParameterizedTest
    @CsvSource({
        "/main/access HTTP/1.1, 400",
        "/main/access HTTP/1.1|Host: main|Host: main, 400",
        "/main/access HTTP/1.0|Host: main|Host: other, 400",
        "http://other/main/access HTTP/1.1|Host: main, 400",
        "http://main/main/access HTTP/1.1|Host: main, 200",
        "/main/access HTTP/1.0, 200"
    })
    void servesOneHostOnly(String request, int status) {
        assertThat(answer(send(port, "GET " + request.replace("|", "\r\n") + "\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 " + status + " ");
    }

    @Test
    void refusesPathsAndMethodsThatAreNotThere() {
        refused(HttpMethod.GET, "/main/nothing", HttpStatus.NOT_FOUND);
        refused(HttpMethod.GET, "/main/login", HttpStatus.NOT_FOUND);
        refused(HttpMethod.GET, "/users", HttpStatus.NOT_FOUND);
        refused(HttpMethod.GET, "/error", HttpStatus.NOT_FOUND);
        refused(HttpMethod.GET, "http://127.0.0.1:" + port + "//", HttpStatus.NOT_FOUND);
        refused(HttpMethod.POST, "/main/users", HttpStatus.METHOD_NOT_ALLOWED);
        refused(HttpMethod.DELETE, "/main/login/" + UUID.randomUUID(), HttpStatus.METHOD_NOT_ALLOWED);
        refused(HttpMethod.PUT, "/main/testdata", HttpStatus.METHOD_NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "text/event-stream", "nonsense", "application/json;q=2"})
    void rendersAProblemWhateverTheClientAccepts(String accept) {
        problem(client.get().uri("/main/login/x").header("Accept", accept), HttpStatus.BAD_REQUEST);
        problem(client.get().uri("/main/nothing").header("Accept", accept), HttpStatus.NOT_FOUND);
        problem(client.post().uri("/main/users").header("Accept", accept), HttpStatus.METHOD_NOT_ALLOWED);
        problem(client.get().uri("/main/users").header("Accept", accept), HttpStatus.NOT_ACCEPTABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET /main/users?limit=%zz", "GET /main/<users>", "GET /main/..%2fusers", "TRACE /main/users"})
    void answersWhatTheServerItselfRefusesWithAProblemToo(String request) {
        String answer = answer(send(port, request + " HTTP/1.1\r\nHost: main\r\nConnection: close\r\n\r\n"));

        assertThat(answer)
                .startsWith("HTTP/1.1 4")
                .contains("application/problem+json")
                .doesNotContain("<html");
        ForeignPages.HEADERS.forEach((name, value) -> assertThat(answer).contains("\r\n" + name + ": " + value));
    }

    @Test
    void namesWhatIsTooLong() {
        // More would come after the end of the connection, which would reset it.
        String large = "a".repeat(9_000);

        assertThat(answer(send(port, "GET /main/access?" + large + " HTTP/1.1\r\nHost: main\r\n\r\n")))
                .startsWith("HTTP/1.1 414 ")
                .contains("application/problem+json", "URL: too long");
        assertThat(answer(send(port, "GET /main/access HTTP/1.1\r\nHost: main\r\nX: " + large + "\r\n\r\n")))
                .startsWith("HTTP/1.1 431 ")
                .contains("application/problem+json", "headers: too large", "\r\nConnection: close\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /main/access, 200",
        "GET /main/nothing, 404",
        "PUT /main/testdata, 405",
        "POST /main/testdata, 415",
        "DELETE /main/testdata, 200"
    })
    void answersWhateverTheTypeOfTheContentIsSaidToBe(String call, int status) {
        assertThat(answerOf(call, "text/plain")).startsWith("HTTP/1.1 " + status + " ");
        for (String type : List.of("nonsense", "application/json;charset=nonsense", "application/*", "*/*")) {
            assertThat(answerOf(call, type))
                    .startsWith("HTTP/1.1 415 ")
                    .contains("application/problem+json", "Content-Type: must be");
        }
    }

    /** A proxy may have given a connection that ends to another client's call by then. */
    @ParameterizedTest
    @CsvSource({
        "POST /main/users, X: x, 405",
        "POST /main/nothing, X: x, 404",
        "POST /main/testdata, Content-Type: text/plain, 415",
        "POST /main/testdata, Sec-Fetch-Site: cross-site, 403",
        "PUT /main/users, X: x, 405",
        "GET /main/users, X: x, 200"
    })
    void keepsAConnectionWhoseBodyHasComeAndAnnouncesTheEndOfAnyOther(String call, String header, int status) {
        keepsOrAnnounces(port, call + " HTTP/1.1\r\nHost: main\r\n" + header + "\r\n", status);
    }

    @ParameterizedTest
    @CsvSource({"POST /actuator/health, 405", "POST /nothing, 404", "GET /actuator/health/liveness, 200"})
    void keepsOrAnnouncesAtTheManagementPortToo(String call, int status) {
        keepsOrAnnounces(managementPort, call + " HTTP/1.1\r\nHost: main\r\n", status);
    }

    private static void keepsOrAnnounces(int port, String head, int status) {
        String next = "GET /nothing HTTP/1.1\r\nHost: main\r\nConnection: close\r\n\r\n";
        for (String whole : List.of(
                "Content-Length: 2\r\n\r\n{}",
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")) {
            assertThat(answer(send(port, head + whole + next)))
                    .startsWith("HTTP/1.1 " + status + " ")
                    .containsOnlyOnce("\r\nConnection: close\r\n")
                    .contains("HTTP/1.1 404 ");
        }
        for (String broken : List.of("Transfer-Encoding: chunked\r\n\r\n2\r\n{}no end\r\n", "Expect: x\r\n\r\n")) {
            assertThat(answer(send(port, head + broken)))
                    .startsWith("HTTP/1.1 4")
                    .contains("\r\nConnection: close\r\n");
        }
    }

    private String answerOf(String call, String type) {
        return answer(send(
                port,
                call + " HTTP/1.1\r\nHost: main\r\nConnection: close\r\nContent-Type: " + type
                        + "\r\nContent-Length: 2\r\n\r\n{}"));
    }

    private String refused(HttpMethod method, String uri, HttpStatus status) {
        return String.valueOf(problem(client.method(method).uri(java.net.URI.create(uri)), status)
                .getDetail());
    }

    private String refusedBody(String body) {
        return String.valueOf(problem(
                        client.post()
                                .uri("/main/testdata")
                                .contentType(MediaType.APPLICATION_JSON)
                                .body(body),
                        HttpStatus.BAD_REQUEST)
                .getDetail());
    }
}

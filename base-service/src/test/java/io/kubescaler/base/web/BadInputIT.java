package io.kubescaler.base.web;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import io.kubescaler.base.SharedCassandra;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.test.web.reactive.server.WebTestClient;

@ExtendWith(OutputCaptureExtension.class)
class BadInputIT extends SharedCassandra {

    private static final String SOME = "00000000-0000-4000-8000-000000000001";

    private static final String ERRORS = "logback_events_total\\{.*level=\"error\".*} (.*)";

    private static final ParameterizedTypeReference<Page<User>> USERS = new ParameterizedTypeReference<>() {};

    @ParameterizedTest
    @CsvSource({
        "GET, /users/x, id",
        "PUT, /users/1-1-1-1-1, id",
        "DELETE, /users/00000000-0000-4000-8000-0000000000011, id",
        "GET, /users/x/profiles, userId",
        "GET, /profiles/x, id",
        "GET, /profiles/x/users/" + SOME + ", id",
        "PUT, /profiles/" + SOME + "/users/1-1-1-1-1, userId",
        "DELETE, /profiles/" + SOME + "/users/x, userId",
        "GET, /users?limit=0, limit",
        "GET, /users?limit=-1, limit",
        "GET, /users?limit=1001, limit",
        "GET, /profiles?limit=ten, limit",
        "GET, /profiles?limit=99999999999, limit",
        "GET, /users?page=, page",
        "GET, /users?page=00, page",
        "GET, /users?page=nonsense, page"
    })
    void namesWhatIsMalformed(String method, String uri, String field) {
        assertThat(refused(HttpMethod.valueOf(method), uri, HttpStatus.BAD_REQUEST)
                        .getDetail())
                .startsWith(field + ":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                         | body:",
                "null                                       | body:",
                "[]                                         | body:",
                "{                                          | body:",
                "{\"users\":[]} {}                          | body:",
                "{\"users\":[], \"users\":[]}               | body:",
                "{}                                         | users:",
                "{\"users\": null}                          | users:",
                "{\"users\": \"x\"}                         | users:",
                "{\"users\": [null]}                        | users[0]:",
                "{\"users\": [\"1-1-1-1-1\"]}               | users[0]:",
                "{\"users\": [\"AAAAAAAAQACAAAAAAAAAAQ==\"]} | users[0]:",
                "{\"users\": [[]]}                          | users[0]:",
                "{\"users\": [\"" + SOME + "\", 5]}         | users[1]:",
                "{\"users\": [\"" + SOME + "\", \"" + SOME + "\"]} | users:",
                "{\"users\": [], \"name\": \"x\"}           | name:"
            })
    void namesWhatIsWrongInABody(String body, String field) {
        assertThat(refusedBody(body, MediaType.APPLICATION_JSON, HttpStatus.BAD_REQUEST)
                        .getDetail())
                .startsWith(field);
    }

    @Test
    void refusesAUserWithFieldsThatItDoesNotHave() {
        ProblemDetail problem = problem(
                client.post().uri("/users").bodyValue(Map.of("name", "Ada")).exchange(), HttpStatus.BAD_REQUEST);

        assertThat(problem.getDetail()).isEqualTo("name: unknown field");
    }

    @Test
    void refusesMoreUsersThanAProfileMayHave() {
        String body = usersOf(1001);

        assertThat(refusedBody(body, MediaType.APPLICATION_JSON, HttpStatus.UNPROCESSABLE_CONTENT)
                        .getDetail())
                .isEqualTo("users: at most 1000 users are bound to a profile; these are 1001.");
    }

    @Test
    void refusesABodyOfMoreThanAMegabyte() {
        refusedBody(usersOf(50_000), MediaType.APPLICATION_JSON, HttpStatus.CONTENT_TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/xml"})
    void refusesABodyThatIsNotJson(String contentType) {
        refusedBody("{}", MediaType.valueOf(contentType), HttpStatus.UNSUPPORTED_MEDIA_TYPE);
    }

    @Test
    void refusesWhatIsNotThere() {
        refused(HttpMethod.GET, "/nothing", HttpStatus.NOT_FOUND);
        refused(HttpMethod.PATCH, "/users", HttpStatus.METHOD_NOT_ALLOWED);
    }

    /** The second answer is ready at once, while the first one waits for Cassandra. */
    @Test
    void goesOnReadingAfterRequestsThatCameTogether() throws IOException {
        String line = "GET /users/%s HTTP/1.1\r\nHost: base\r\n%s\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(20_000);
            OutputStream requests = socket.getOutputStream();
            BufferedReader answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));

            requests.write((line.formatted(SOME, "") + line.formatted("x", "")).getBytes(US_ASCII));
            assertThat(status(answers)).isEqualTo("404");
            assertThat(status(answers)).isEqualTo("400");

            requests.write(line.formatted("x", "Connection: close\r\n").getBytes(US_ASCII));
            assertThat(status(answers)).isEqualTo("400");
        }
    }

    /** No operator can do anything about it. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0})
    void logsNoFailureIfAClientLeavesInTheMiddleOfABody(int linger) throws IOException {
        String handled = "http_server_requests_seconds_count\\{.*method=\"POST\".*uri=\"/profiles\"} (.*)";
        double before = metric(handled);
        double errors = metric(ERRORS);
        Socket socket = send(
                port(),
                "POST /profiles HTTP/1.1\r\nHost: base\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
        // Without lingering, the connection is reset.
        socket.setSoLinger(linger >= 0, linger);
        socket.close();

        await().atMost(Duration.ofMinutes(1)).until(() -> metric(handled) > before);
        assertThat(metric(ERRORS)).isEqualTo(errors);
    }

    /** The sum of the numbers that a pattern finds. */
    private double metric(String pattern) {
        String metrics = management
                .get()
                .uri("/actuator/prometheus")
                .exchange()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();
        return Pattern.compile(pattern)
                .matcher(Objects.requireNonNull(metrics))
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .sum();
    }

    /** A client's mistake is nothing to warn of. */
    @AfterEach
    void warnsOfNothing(CapturedOutput log) {
        assertThat(log).doesNotContainPattern(" (WARN|ERROR) .*-http-(epoll|nio)-");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /users?page=TOKEN HTTP/2.0\r\nHost: base",
                "GET /users?page=TOKEN HTTP/1.x\r\nHost: base",
                "GET /users HTTP/1.1\r\nHost: base\r\nAuthorization : Bearer TOKEN",
                "TOKEN"
            })
    void logsNothingOfARequestThatCannotBeRead(String request, CapturedOutput log) {
        assertThat(answer(send(port(), request + "\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 400 ");
        assertThat(log).doesNotContain("TOKEN");
    }

    /** That of the next answer. */
    private static String status(BufferedReader answers) throws IOException {
        String line;
        do {
            line = answers.readLine();
            assertThat(line).isNotNull();
        } while (!line.contains("HTTP/1.1 "));
        return line.replaceFirst(".*HTTP/1.1 (\\d+).*", "$1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "text/event-stream", "application/xml;q=0.1"})
    void rendersAProblemWhateverTheClientAccepts(String accept) {
        problem(accepting(accept, HttpMethod.GET, "/users/x"), HttpStatus.BAD_REQUEST);
        problem(accepting(accept, HttpMethod.GET, "/nothing"), HttpStatus.NOT_FOUND);
        problem(accepting(accept, HttpMethod.PATCH, "/users"), HttpStatus.METHOD_NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "a/b/c", "application/*", "*/*"})
    void refusesAnUnreadableContentType(String contentType) {
        assertThat(problem(
                                client.post()
                                        .uri("/users")
                                        .header("Content-Type", contentType)
                                        .exchange(),
                                HttpStatus.UNSUPPORTED_MEDIA_TYPE)
                        .getDetail())
                .startsWith("Content-Type:");
    }

    @Test
    void rendersAProblemForAPathThatIsNoUri() {
        assertThat(problem(
                                client.get()
                                        .uri(URI.create("http://localhost:" + port() + "//"))
                                        .exchange(),
                                HttpStatus.NOT_FOUND)
                        .getInstance())
                .hasPath("/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "application/json;q=2", "a/b/c"})
    void refusesAnUnreadableAccept(String accept) {
        for (String path : List.of("/users", "/users/x", "/nothing")) {
            assertThat(problem(accepting(accept, HttpMethod.GET, path), HttpStatus.NOT_ACCEPTABLE)
                            .getDetail())
                    .startsWith("Accept:");
        }
    }

    private WebTestClient.ResponseSpec accepting(String accept, HttpMethod method, String path) {
        return client.method(method).uri(path).header("Accept", accept).exchange();
    }

    @Test
    void refusesAPageWithAnyDigitChangedOrMissing() {
        String page = nextOfUsers();

        Stream<String> changed = IntStream.range(0, page.length())
                .mapToObj(i -> page.substring(0, i) + (page.charAt(i) == '0' ? '1' : '0') + page.substring(i + 1));
        Stream<String> truncated = IntStream.range(0, page.length()).mapToObj(end -> page.substring(0, end));

        Stream.concat(changed, truncated)
                .forEach(forged -> assertThat(refused(HttpMethod.GET, "/users?page=" + forged, HttpStatus.BAD_REQUEST)
                                .getDetail())
                        .startsWith("page:"));
    }

    @Test
    void refusesAPageOfAnotherList() {
        String page = nextOfUsers();

        refused(HttpMethod.GET, "/profiles?page=" + page, HttpStatus.BAD_REQUEST);
        refused(HttpMethod.GET, "/users/" + newUser() + "/profiles?page=" + page, HttpStatus.BAD_REQUEST);
    }

    @Test
    void refusesThePageOfAnotherUsersProfiles() {
        UUID one = newUser();
        UUID other = newUser();
        newProfile(one, other);
        newProfile(one, other);
        String page = Objects.requireNonNull(
                page("/users/" + one + "/profiles", 1, null, new ParameterizedTypeReference<Page<Object>>() {})
                        .next());

        client.get()
                .uri("/users/" + one + "/profiles?page=" + page)
                .exchange()
                .expectStatus()
                .isOk();
        refused(HttpMethod.GET, "/users/" + other + "/profiles?page=" + page, HttpStatus.BAD_REQUEST);
    }

    private String nextOfUsers() {
        newUser();
        newUser();
        return Objects.requireNonNull(page("/users", 1, null, USERS).next());
    }

    private ProblemDetail refusedBody(String body, MediaType contentType, HttpStatus status) {
        return problem(
                client.put()
                        .uri("/profiles/{id}", UUID.randomUUID())
                        .contentType(contentType)
                        .bodyValue(body)
                        .exchange(),
                status);
    }

    private static String usersOf(int count) {
        return Stream.generate(() -> "\"" + UUID.randomUUID() + "\"")
                .limit(count)
                .collect(Collectors.joining(",", "{\"users\":[", "]}"));
    }
}

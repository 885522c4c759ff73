package io.kubescaler.main;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.service.web.ForeignPages;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.TestPropertySource;

/** Connections on which nothing comes, or too little, end. */
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(properties = "kubescaler.web.patience=1s")
class PatienceIT extends UndisturbedMainService {

    private static final String GET = "GET /main/users HTTP/1.1\r\nHost: main\r\n";
    private static final String POST =
            "POST /main/testdata HTTP/1.1\r\nHost: main\r\nContent-Type: application/json\r\n";

    @Test
    void endsConnectionsThatWaitForMore() {
        List<Socket> management =
                Stream.of("", "GET /ma").map(sent -> send(managementPort, sent)).toList();
        List<Socket> all = Stream.of(
                        "",
                        "GET /ma",
                        GET + "X: ",
                        GET + "\r\n",
                        GET + "\r\nGET /ma",
                        GET + "Content-Length: 9\r\n\r\n",
                        POST + "Content-Length: 9\r\n\r\n{",
                        POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{")
                .map(sent -> send(port, sent))
                .toList();

        assertThat(all).allSatisfy(socket -> assertThat(answer(socket)).doesNotContain("HTTP/1.1 5"));
        assertThat(management).allSatisfy(socket -> assertThat(answer(socket)).doesNotContain("HTTP/1.1 5"));
    }

    /** A client's mistake is nothing to warn of. */
    @AfterEach
    void warnsOfNothing(CapturedOutput log) {
        assertThat(log).doesNotContainPattern(" (WARN|ERROR) .*-exec-\\d");
    }

    /** Also if it comes after blank lines only. */
    @ParameterizedTest
    @CsvSource({"GET / HTTP/1.1, x", "'', '\n'"})
    void endsAHeaderThatComesByteByByte(String line, char more) throws IOException {
        for (int each : new int[] {port, managementPort}) {
            try (Socket socket = send(each, line + "\r\n")) {
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    try {
                        socket.getOutputStream().write(more);
                        return false;
                    } catch (SocketException closed) {
                        return true;
                    }
                });
            }
        }
    }

    /** Also by calls that are answered on another thread. */
    @Test
    void answersRequestsWithABodyThatItDoesNotNeed() {
        for (String call : List.of("GET /main/users", "GET /main/suggested", "GET /main/testdata", "PUT /main/users")) {
            String head = call + " HTTP/1.1\r\nHost: main\r\nConnection: close\r\nContent-Length: 2\r\n\r\n";
            Socket whole = send(port, head + "{}");
            Socket half = send(port, head + "{");

            assertThat(answer(whole)).matches("(?s)HTTP/1.1 (200|405) .*");
            assertThat(answer(half)).startsWith("HTTP/1.1 408 ").contains("application/problem+json");
        }
    }

    /** A proxy may have given the connection to another client's call by then. */
    @Test
    void announcesTheEndOfAConnectionWhoseBodyDoesNotCome() {
        for (String call : List.of("POST /main/users", "POST /main/nothing", "PUT /main/users", "TRACE /main/users")) {
            announcesTheEnd(port, call);
        }
        for (String call : List.of("POST /actuator/health", "POST /nothing", "PUT /nothing", "TRACE /nothing")) {
            announcesTheEnd(managementPort, call);
        }
    }

    private static void announcesTheEnd(int port, String call) {
        assertThat(answer(send(port, call + " HTTP/1.1\r\nHost: main\r\nContent-Length: 9\r\n\r\n{")))
                .matches("(?s)HTTP/1.1 40[458] .*")
                .contains("\r\nConnection: close\r\n", "application/problem+json");
    }

    @Test
    void answersWithoutABodyAtTheManagementPortToo() {
        String get = "GET /actuator/health/liveness HTTP/1.1\r\nHost: main\r\nConnection: close\r\n";

        assertThat(answer(send(managementPort, get + "Content-Length: 2\r\n\r\n{}")))
                .startsWith("HTTP/1.1 200 ");
        assertThat(answer(send(managementPort, get + "Content-Length: 2\r\n\r\n{")))
                .startsWith("HTTP/1.1 408 ");
    }

    /** Also between the parts of a body. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 9000\r\n\r\n{",
                "Transfer-Encoding: chunked\r\n\r\n2;extension=",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTrailer: "
            })
    void endsABodyThatComesByteByByte(String body) throws IOException {
        for (String call : List.of(POST, GET)) {
            answersByteByByte(call + body);
        }
    }

    private void answersByteByByte(String sent) throws IOException {
        Socket socket = send(port, sent);

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            socket.getOutputStream().write('x');
            return socket.getInputStream().available() > 0;
        });

        String answer = answer(socket);
        assertThat(answer).startsWith("HTTP/1.1 408 ").contains("application/problem+json", "body: too late");
        ForeignPages.HEADERS.forEach((name, value) -> assertThat(answer).contains("\r\n" + name + ": " + value));
    }
}

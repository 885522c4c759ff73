package io.kubescaler.main;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.MediaType;

/** Clients that send slowly, or half of a request, do not keep others waiting. */
@Tag("long")
class SlowBodiesIT extends UndisturbedMainService {

    /** More than Tomcat has threads. */
    private static final int MANY = 250;

    /** Before the first of the slow ones is given up. */
    private static final int SOON_MILLIS = 30_000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /main/users HTTP/1.1\r\nHost: main\r\nContent-Length: 9\r\n\r\n",
                "PUT /main/users HTTP/1.1\r\nHost: main\r\nContent-Length: 9\r\n\r\n",
                "POST /main/testdata HTTP/1.1\r\nHost: main\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 9\r\n\r\n{",
            })
    void servesOthersWhileManyBodiesDoNotCome(String sent) throws IOException {
        servesOthers(port, sent, "GET /main/users");
    }

    @Test
    void isHealthyWhileManyBodiesDoNotComeAtTheManagementPort() throws IOException {
        servesOthers(
                managementPort,
                "GET /actuator/health/liveness HTTP/1.1\r\nHost: main\r\nContent-Length: 9\r\n\r\n",
                "GET /actuator/health/readiness");
    }

    private static void servesOthers(int port, String sent, String call) throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                slow.add(send(port, sent));
            }
            try (Socket other = send(port, call + " HTTP/1.1\r\nHost: main\r\nConnection: close\r\n\r\n")) {
                other.setSoTimeout(SOON_MILLIS);
                assertThat(answer(other)).startsWith("HTTP/1.1 200 ");
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** Each has buffers in the heap. The client that has been silent for longest makes room. */
    @Test
    void keepsAThousandHalfRequests() throws IOException {
        List<Socket> halves = new ArrayList<>();
        try {
            for (int i = 0; i <= 1000; i++) {
                halves.add(send(port, "GET /main/access HTTP/1.1\r\nHost: main\r\n"));
            }
            assertThat(answer(halves.remove(0))).isEmpty();

            Socket latest = halves.get(halves.size() - 1);
            latest.getOutputStream().write("Connection: close\r\n\r\n".getBytes(US_ASCII));
            assertThat(answer(latest)).startsWith("HTTP/1.1 200 ");
        } finally {
            for (Socket socket : halves) {
                socket.close();
            }
        }
    }

    /** A client that waits for the end of the answer would fail. */
    @Test
    void rejectsMoreBodiesThanItReadsWithAWholeAnswer() throws IOException {
        String post = "POST /main/testdata HTTP/1.1\r\nHost: main\r\nContent-Type: application/json\r\n"
                + "Content-Length: 9\r\n\r\n{";
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                slow.add(send(port, post));
            }
            assertThat(asksToComeBack(client.post()
                            .uri("/main/testdata")
                            .contentType(MediaType.APPLICATION_JSON)
                            .body("{}")))
                    .isNotBlank();
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }
}

package io.kubescaler.base.web;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.base.SharedCassandra;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.test.context.TestPropertySource;

/** Connections on which nothing comes, or too little, end. */
@TestPropertySource(properties = "kubescaler.web.patience=1s")
class PatienceIT extends SharedCassandra {

    private static final String GET = "GET /users HTTP/1.1\r\nHost: base\r\n";
    private static final String POST = "POST /profiles HTTP/1.1\r\nHost: base\r\nContent-Type: application/json\r\n";

    @LocalManagementPort
    private int managementPort;

    @Test
    void endsConnectionsThatWaitForMore() {
        List<Socket> all = Stream.of(
                        "",
                        "GET /us",
                        GET + "X: ",
                        GET + "\r\n",
                        GET + "\r\nGET /us",
                        GET + "Content-Length: 9\r\n\r\n",
                        POST + "Content-Length: 9\r\n\r\n{",
                        POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{")
                .flatMap(sent -> Stream.of(send(port(), sent), send(managementPort, sent)))
                .toList();

        assertThat(all).allSatisfy(socket -> assertThat(answer(socket)).doesNotContain("HTTP/1.1 5"));
    }

    /** Its answer comes before. */
    @Test
    void endsAConnectionWhoseRequestComesByteByByteAlsoIfItIsAnswered() throws IOException {
        for (int each : new int[] {port(), managementPort}) {
            try (Socket socket = send(each, GET.replace("users", "nothing") + "Content-Length: 9000\r\n\r\n")) {
                OutputStream body = socket.getOutputStream();
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    try {
                        body.write(' ');
                        return false;
                    } catch (SocketException closed) {
                        return true;
                    }
                });
            }
        }
    }
}

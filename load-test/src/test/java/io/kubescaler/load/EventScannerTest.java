package io.kubescaler.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EventScannerTest {

    private static final String HEAD = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    private static final String EVENTS = """
            id: 5cba12
            event: session
            data: {"instance":"a","sequence":7}

            event: message
            data: {"sequence":41,"message":"id: data: \\"sequence\\":"}

            :

            id: 99
            data: {"sequence":42,"message":""}

            event: message
            data: {"sequence":50}

            """;

    @Test
    void findsTheSameWhereverChunksAndReadsAreCut() {
        for (int chunk = 1; chunk <= EVENTS.length(); chunk++) {
            String response = HEAD + inChunks(chunk) + "0\r\n\r\n";
            for (int read = 1; read <= response.length(); read += 1 + response.length() / 50) {
                EventScanner scanner = scanned(response, read);

                assertThat(scanner.status()).isEqualTo(200);
                assertThat(scanner.id()).isEqualTo("5cba12");
                assertThat(scanner.messages()).isEqualTo(3);
                assertThat(scanner.lost()).isEqualTo(7);
                assertThat(scanner.ended()).isTrue();
            }
        }
    }

    @Test
    void tellsARefusal() {
        EventScanner scanner = scanned("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", 10);

        assertThat(scanner.status()).isEqualTo(409);
        assertThat(scanner.id()).isNull();
    }

    @Test
    void readsAnAnswerThatIsNotInChunks() {
        EventScanner scanner = scanned("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + EVENTS, 10);

        assertThat(scanner.messages()).isEqualTo(3);
        assertThat(scanner.ended()).isFalse();
    }

    @Test
    void takesNothingElseForAnHttpServer() {
        assertThatThrownBy(() -> scanned("-ERR unknown command\r\n\r\n", 10)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> scanned("x".repeat(20_000), 1000)).hasMessageContaining("no HTTP server");
    }

    private static String inChunks(int size) {
        StringBuilder chunks = new StringBuilder();
        for (int at = 0; at < EVENTS.length(); at += size) {
            String chunk = EVENTS.substring(at, Math.min(EVENTS.length(), at + size));
            chunks.append(Integer.toHexString(chunk.length()))
                    .append("\r\n")
                    .append(chunk)
                    .append("\r\n");
        }
        return chunks.toString();
    }

    private static EventScanner scanned(String response, int read) {
        EventScanner scanner = new EventScanner();
        ByteBuf all = Unpooled.copiedBuffer(response, StandardCharsets.US_ASCII);
        while (all.isReadable()) {
            scanner.scan(all.readSlice(Math.min(read, all.readableBytes())));
        }
        return scanner;
    }
}

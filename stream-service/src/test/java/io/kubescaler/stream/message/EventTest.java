package io.kubescaler.stream.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EventTest {

    private static final byte[] DATA = "{\"text\":\"ä€😀\"}".getBytes(UTF_8);

    @Test
    void bringsTheTokenWithTheSessionOnly() {
        assertThat(text(Event.session("0a1b", DATA)))
                .isEqualTo("id: 0a1b\nevent: session\ndata: {\"text\":\"ä€😀\"}\n\n");
    }

    @Test
    void endsEachMessageWithTheEpochOfItsStream() {
        assertThat(new String(Event.message(DATA), UTF_8) + new String(Event.epoch(7), UTF_8))
                .isEqualTo("event: message\ndata: {\"text\":\"ä€😀\",\ndata: \"epoch\":7}\n\n");
    }

    @Test
    void saysAtTheEndWhenToComeBack() {
        assertThat(text(Event.end(Duration.ofMillis(250), DATA)))
                .isEqualTo("event: end\nretry: 250\ndata: {\"text\":\"ä€😀\"}\n\n");
    }

    private static String text(Event event) {
        return new String(event.encode(), UTF_8);
    }
}

package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.access.AccessMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalSettingsTest {

    @Test
    void readsBackTheOptionsThatItPrints() {
        LocalSettings given = LocalSettings.of(List.of(
                "--data=/somewhere/else",
                "--kubescaler.access=token",
                "--kubescaler.local.ports.base=1234",
                "--kubescaler.local.ports.redis=1,2"));

        assertThat(given.data()).isEqualTo(Path.of("/somewhere/else"));
        assertThat(given.access()).isEqualTo(AccessMode.TOKEN);
        assertThat(given.ports().base()).isEqualTo(1234);
        assertThat(given.ports().redis()).containsExactly(1, 2);
        assertThat(given.ports().gateway()).isEqualTo(8080);
        assertThat(LocalSettings.of(given.asOptions().lines().map(String::strip).toList()))
                .isEqualTo(given);
    }

    @Test
    void areAllInTheHelp() throws IOException {
        try (InputStream help = LocalSettings.class.getResourceAsStream("help.txt")) {
            assertThat(new String(help.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\n" + LocalSettings.of(List.of()).asOptions() + "\n");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    start                                           | There is no setting start;
                    --server.port=1                                 | There is no setting --server.port=1;
                    --data                                          | There is no setting --data;
                    --data=                                         | The setting --data= has no value.
                    --kubescaler.access=                            | The setting --kubescaler.access= has no value.
                    --kubescaler.access=closed                      | kubescaler.local.access does not work
                    --kubescaler.local.ports.gate=1                 | There is no setting --kubescaler.local.ports.gate;
                    --kubescaler.local.ports.gateway=door           | kubescaler.local.ports.gateway does not work
                    --kubescaler.local.ports.gateway=65536          | gateway: 65536 is no port
                    --kubescaler.local.ports.main=8081              | main: port 8081 is given twice
                    --kubescaler.local.ports.redis-messages=6391    | redis-messages: port 6391 is given twice
                    --kubescaler.local.ports.redis=                 | redis: at least one port is needed
                    --kubescaler.local.ports.streams=1,2,3          | streams and streams-management
                    """)
    void refusesInWordsWhatItCannotUse(String argument, String words) {
        assertThatThrownBy(() -> LocalSettings.of(List.of(argument)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(words);
    }
}

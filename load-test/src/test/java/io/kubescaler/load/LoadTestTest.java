package io.kubescaler.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class LoadTestTest {

    /** {@code ./load-test/run --help} prints this file, which needs no build. */
    @Test
    void theHelpFileIsTheHelpOfTheProgram() throws IOException {
        try (InputStream help = LoadTest.class.getResourceAsStream("help.txt")) {
            assertThat(help).isNotNull();
            assertThat(new String(help.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(LoadTest.commandLine().getUsageMessage(Ansi.OFF));
        }
    }
}

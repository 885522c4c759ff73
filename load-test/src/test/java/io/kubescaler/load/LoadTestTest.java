package io.kubescaler.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

class LoadTestTest {

    /** {@code ./load-test/run --help} and the help of each command print these files, which need no build. */
    @Test
    void theHelpFilesAreTheHelpOfTheProgram() {
        CommandLine program = LoadTest.commandLine();
        assertThat(file("help.txt")).isEqualTo(program.getUsageMessage(Ansi.OFF));
        assertThat(program.getSubcommands())
                .isNotEmpty()
                .allSatisfy((name, command) ->
                        assertThat(file("help-" + name + ".txt")).isEqualTo(command.getUsageMessage(Ansi.OFF)));
    }

    private static String file(String name) {
        try (InputStream help = LoadTest.class.getResourceAsStream(name)) {
            assertThat(help).as(name).isNotNull();
            return new String(help.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

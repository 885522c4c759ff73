package io.kubescaler.load;

import io.kubescaler.processes.StartFailedException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The commands. They print measurements to standard output as JSON, and progress to standard error. */
@Command(
        name = "./load-test/run",
        subcommands = {LoadCommand.class, CompareCommand.class, StartCommand.class},
        description = "Loads servers on this machine with streams, and measures CPU and memory.",
        mixinStandardHelpOptions = true)
public final class LoadTest {

    static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new LoadTest())
                .registerConverter(Duration.class, LoadTest::duration)
                .registerConverter(LocalUrl.class, LoadTest::url)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (failure instanceof IllegalStateException || failure instanceof StartFailedException) {
                        command.getErr().println(failure.getMessage());
                        return CommandLine.ExitCode.SOFTWARE;
                    }
                    throw failure;
                });
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse("PT" + text);
        } catch (java.time.format.DateTimeParseException e) {
            throw new TypeConversionException("'" + text + "' is no duration. Examples: 0.5s, 1m30s");
        }
    }

    private static LocalUrl url(String text) {
        try {
            return LocalUrl.of(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}

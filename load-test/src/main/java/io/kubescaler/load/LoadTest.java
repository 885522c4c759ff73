package io.kubescaler.load;

import io.kubescaler.processes.StartFailedException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The commands. What they measure goes to the standard output as JSON; what they do, to the other. */
@Command(
        name = "./load-test/run",
        subcommands = {LoadCommand.class, CompareCommand.class, StartCommand.class},
        description = "Loads servers on this machine with streams, and measures what they cost.",
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
            throw new TypeConversionException("'" + text + "' is no duration: 500ms is 0.5s, and 90 seconds are 1m30s");
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

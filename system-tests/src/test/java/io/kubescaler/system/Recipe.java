package io.kubescaler.system;

import io.kubescaler.processes.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of docs/operations.md, run as they stand there. */
final class Recipe {

    private Recipe() {}

    /**
     * Runs the block that follows a goal in bold in the section of this name.
     *
     * @param environment what an operator has set before
     */
    static void follow(String section, String goal, Map<String, String> environment) throws IOException {
        Command.run(environment, List.of("bash", "-euo", "pipefail", "-c", of(section, goal)));
    }

    /** The commands of that block. */
    static String of(String section, String goal) throws IOException {
        String operations = Files.readString(Services.projectRoot().resolve("docs/operations.md"));
        int begin = operations.indexOf("\n### " + section + "\n") + 1;
        int end = operations.indexOf("\n##", begin);
        Matcher block = Pattern.compile(Pattern.quote("**" + goal + "**") + ".*?\n```sh\n(.*?)\n```", Pattern.DOTALL)
                .matcher(operations.substring(begin, end));
        if (!block.find()) {
            throw new IllegalStateException("\"" + section + "\" has no recipe \"" + goal + "\".");
        }
        return block.group(1);
    }
}

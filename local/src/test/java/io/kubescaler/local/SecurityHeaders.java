package io.kubescaler.local;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;

/** The headers of every answer, by the list in {@code docs/security.md}. */
final class SecurityHeaders {

    private static final Pattern LIST =
            Pattern.compile("Every answer has each of these headers once:((?:\\s+`[^`]+`[,.])+)");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    private SecurityHeaders() {}

    static List<String> documented() throws IOException {
        return LIST.matcher(Files.readString(RunningLocal.ROOT.resolve("docs/security.md")))
                .results()
                .flatMap(list -> NAME.matcher(list.group(1)).results())
                .map(name -> name.group(1))
                .toList();
    }
}

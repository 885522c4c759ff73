package io.kubescaler.system;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The cluster, by the command that users have for it. */
final class Kubectl {

    private final List<String> options;

    Kubectl(String... options) {
        this.options = List.of(options);
    }

    /** See {@link Command#run}. */
    String run(String... arguments) {
        return Command.run(
                Map.of(),
                Stream.of(List.of("kubectl"), options, List.of(arguments))
                        .flatMap(List::stream)
                        .toList());
    }

    /** The words that a JSONPath finds. */
    List<String> words(String object, String jsonPath) {
        return run("get", object, "-o", "jsonpath=" + jsonPath)
                .lines()
                .flatMap(line -> Stream.of(line.split(" ")))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /**
     * Sends JSON to a Service from inside a pod that has bash but no HTTP client.
     *
     * @param from the pod, or a workload with such pods
     * @param to host and port, as in {@code base:8081}
     * @return the whole answer, with its status line
     */
    String send(String from, String method, String to, String path, String json) {
        String script = """
                exec 3<>"/dev/tcp/${2%:*}/${2#*:}"
                printf '%s %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n' "$1" "$3" "${2%:*}" >&3
                printf 'Content-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s' ${#4} "$4" >&3
                cat <&3""";
        return run("exec", from, "--", "bash", "-c", script, "bash", method, to, path, json);
    }

    /** Prints what a person would look at. */
    void show(String title, String... arguments) {
        System.out.printf("%n%s%n$ kubectl %s%n%s%n", title, String.join(" ", arguments), run(arguments));
    }
}

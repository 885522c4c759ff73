package io.kubescaler.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The cluster, by the command that users have for it. */
final class Kubectl {

    private final List<String> options;

    Kubectl(String... options) {
        this.options = List.of(options);
    }

    /**
     * The environment of an operator, for whom this namespace is the current one.
     *
     * @param folder where kubectl's configuration may be written
     */
    static Map<String, String> operator(Path folder, String namespace) throws IOException {
        Path config = folder.resolve("config");
        Files.writeString(config, new Kubectl().run("config", "view", "--raw", "--flatten", "--minify"));
        Map<String, String> operator = Map.of("KUBECONFIG", config.toString());
        Command.run(operator, List.of("kubectl", "config", "set-context", "--current", "--namespace", namespace));
        return operator;
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

    /** Prints what a person would look at. */
    void show(String title, String... arguments) {
        System.out.printf("%n%s%n$ kubectl %s%n%s%n", title, String.join(" ", arguments), run(arguments));
    }
}

package io.kubescaler.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The cluster, by the command that users have for it. */
final class Kubectl {

    private final List<String> options;

    Kubectl(String... options) {
        this.options = List.of(options);
    }

    /** What the command says; fails with what it complains about. */
    String run(String... arguments) {
        List<String> command = Stream.of(List.of("kubectl"), options, List.of(arguments))
                .flatMap(List::stream)
                .toList();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a JSONPath finds, one for each word. */
    List<String> words(String object, String jsonPath) {
        return run("get", object, "-o", "jsonpath=" + jsonPath)
                .lines()
                .flatMap(line -> Stream.of(line.split(" ")))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Shows what a person would look at. */
    void show(String title, String... arguments) {
        System.out.printf("%n%s%n$ kubectl %s%n%s", title, String.join(" ", arguments), run(arguments));
    }
}

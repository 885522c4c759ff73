package io.kubescaler.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The docker command, run in the root of the project. */
final class Docker {

    /** Of everything that the tests start. */
    static final String PROJECT = "kubescaler-it";

    static final Path ROOT = Path.of(System.getProperty("kubescaler.root"));
    private static final int PATIENCE_MINUTES = 15;

    private Docker() {}

    static boolean answers() {
        try {
            run("info");
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    static int freePort() {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the image of stream another version, so that there is one to bring out. */
    static void tagStream(String version) {
        String running = System.getenv().getOrDefault("VERSION", "latest");
        run("tag", "kubescaler/stream:" + running, "kubescaler/stream:" + version);
    }

    static void untagStream(String version) {
        if (!run("images", "--quiet", "kubescaler/stream:" + version).isEmpty()) {
            run("rmi", "kubescaler/stream:" + version);
        }
    }

    /**
     * @return what it printed
     * @throws IllegalStateException if it failed
     */
    static String run(String... arguments) {
        return run(
                Map.of(),
                Stream.concat(Stream.of("docker"), Stream.of(arguments)).toList());
    }

    /** The same for any command. */
    static String run(Map<String, String> environment, List<String> command) {
        try {
            Path output = Files.createTempFile("docker", ".out");
            Path errors = Files.createTempFile("docker", ".err");
            try {
                ProcessBuilder builder = new ProcessBuilder(command)
                        .directory(ROOT.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(command + " did not end.\n" + read(errors));
                }
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(command + " failed.\n" + read(output) + read(errors));
                }
                return read(output).strip();
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new IllegalStateException(command + " cannot be run.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}

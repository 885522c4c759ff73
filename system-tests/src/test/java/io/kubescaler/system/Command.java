package io.kubescaler.system;

import io.kubescaler.processes.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Commands, run in the root of the project if no other folder is named. */
final class Command {

    /** More than any of them waits by itself. */
    private static final int LIMIT_MINUTES = 25;

    private Command() {}

    /**
     * @return its output without what surrounds it
     * @throws IllegalStateException if it failed, or did not end
     */
    static String run(Map<String, String> environment, List<String> command) {
        return run(Services.projectRoot(), environment, command);
    }

    /** See {@link #run(Map, List)}. */
    static String run(Path folder, Map<String, String> environment, List<String> command) {
        try {
            Path output = Files.createTempFile("command", ".out");
            Path errors = Files.createTempFile("command", ".err");
            try {
                ProcessBuilder builder = new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                process.getOutputStream().close();
                if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(command + " did not end.\n" + Files.readString(errors));
                }
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(
                            command + " failed.\n" + Files.readString(output) + Files.readString(errors));
                }
                return Files.readString(output).strip();
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
}

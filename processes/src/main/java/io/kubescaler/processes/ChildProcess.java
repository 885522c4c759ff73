package io.kubescaler.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server on 127.0.0.1 in its own process. It ends with this JVM; on Linux also if this JVM is killed. However it
 * ended, it can be started again. It needs a POSIX system.
 */
public abstract sealed class ChildProcess implements AutoCloseable
        permits CassandraProcess, NginxProcess, RedisProcess, ServiceProcess {

    private static final Duration POLL = Duration.ofMillis(50);
    private static final int LOG_LINES_TOLD = 20;

    private final String name;
    private final Path log;
    private final Duration patience;
    private volatile @Nullable Process process;

    ChildProcess(String name, Path log, Duration patience) {
        this.name = name;
        this.log = log.toAbsolutePath();
        this.patience = patience;
    }

    /** The ports of 127.0.0.1 that must be free before it starts. */
    abstract List<Integer> ports();

    /** Prepares the start and returns the command. */
    abstract List<String> command() throws IOException;

    /** Whether the running server answers; an exception gives the reason why not yet. */
    abstract boolean isReady() throws IOException;

    /**
     * Starts the process and waits until it answers.
     *
     * @throws StartFailedException if it does not answer; no process is left running
     * @throws IllegalStateException if it is already running
     */
    public final void start() {
        if (isAlive()) {
            throw new IllegalStateException(name + " is already running.");
        }
        for (int port : ports()) {
            if (!FreePorts.isFree(port)) {
                throw new StartFailedException(
                        name + " did not start: something else listens on port " + port + " of 127.0.0.1.");
            }
        }
        try {
            List<String> command = command();
            Files.createDirectories(log.getParent());
            long logStart = Files.exists(log) ? Files.size(log) : 0;
            Process started = Children.start(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
            process = started;
            awaitReady(started, logStart);
        } catch (IOException e) {
            throw new StartFailedException(name + " did not start: " + e.getMessage(), e);
        }
    }

    private void awaitReady(Process started, long logStart) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        IOException notYet = null;
        boolean ready = false;
        try {
            while (!ready && System.nanoTime() < end && !started.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    ready = isReady();
                } catch (IOException e) {
                    notYet = e;
                }
            }
        } catch (InterruptedException e) {
            Children.kill(started);
            Thread.currentThread().interrupt();
            throw new StartFailedException(name + " did not start: interrupted.", e);
        }
        if (!started.isAlive()) {
            throw new StartFailedException(name + " ended with exit code " + started.exitValue()
                    + " before it was ready." + end(log, logStart));
        }
        if (!ready) {
            Children.kill(started);
            throw new StartFailedException(
                    name + " was not ready after " + patience.toSeconds() + " s." + end(log, logStart), notYet);
        }
    }

    /** The last lines of a log after its first {@code from} bytes, as the end of a message. */
    static String end(Path log, long from) throws IOException {
        try (InputStream in = Files.newInputStream(log)) {
            in.skipNBytes(from);
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES_TOLD), lines.size());
            return " The end of its log " + log + ":\n" + String.join("\n", last);
        }
    }

    public final boolean isAlive() {
        Process current = process;
        return current != null && current.isAlive();
    }

    /** @throws IllegalStateException if it was never started */
    public final long pid() {
        return current().pid();
    }

    /**
     * Completes with the exit code when the current process ends, whatever the reason.
     *
     * @throws IllegalStateException if it was never started
     */
    public final CompletableFuture<Integer> onExit() {
        return current().onExit().thenApply(Process::exitValue);
    }

    /** Pauses the process (SIGSTOP): it answers nothing, but its connections stay. */
    public final void suspend() {
        signal("STOP");
    }

    /** Continues a suspended process (SIGCONT). */
    public final void resume() {
        signal("CONT");
    }

    private void signal(String signal) {
        try {
            Children.signal(current(), signal);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process at once (SIGKILL) and waits until it is gone. */
    public final void kill() {
        Process current = process;
        if (current != null) {
            Children.kill(current);
        }
    }

    /** Ends the process, even a suspended one, and waits until it is gone: SIGTERM, after 40 s SIGKILL. */
    @Override
    public final void close() {
        Process current = process;
        if (current != null) {
            Children.stop(current);
        }
    }

    private Process current() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException(name + " was never started.");
        }
        return current;
    }
}

package io.kubescaler.local;

import io.kubescaler.processes.StartFailedException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Starts parts, starts again what ends by itself, and ends them all with this program. It tells what it does. */
final class Supervisor {

    /** Time for a Ctrl+C, which ends the parts as well, to reach this program. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final PrintStream out;
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private final Executor executor = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "supervisor");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean ending;

    Supervisor(PrintStream out) {
        this.out = out;
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "supervisor-end"));
    }

    /** Whether this program has been told to end. Whatever fails from then on is no news. */
    boolean isEnding() {
        return ending;
    }

    /** Does a step as soon as what it needs is done, beside everything else. */
    CompletableFuture<Void> after(CompletableFuture<Void> needed, Runnable step) {
        return needed.thenRunAsync(step, executor);
    }

    /**
     * Returns when the part is ready.
     *
     * @throws StartFailedException if it does not become ready
     */
    void start(Part part) {
        parts.add(part);
        startProcess(part);
    }

    private void startProcess(Part part) {
        telling(part.name(), part.address(), part.process()::start);
        part.process().onExit().thenAcceptAsync(exitCode -> ended(part, exitCode), later(PAUSE));
    }

    /** Starts something, part or not, and tells when that is done. */
    void telling(String name, String address, Runnable start) {
        long begin = System.nanoTime();
        start.run();
        say(name, String.format("ready after %4.1f s   %s", (System.nanoTime() - begin) / 1e9, address));
    }

    private void ended(Part part, int exitCode) {
        if (!ending) {
            say(part.name(), "has ended with exit code " + exitCode + "; starting it again");
            startAgain(part, PAUSE);
        }
    }

    private void startAgain(Part part, Duration pause) {
        try {
            startProcess(part);
        } catch (StartFailedException e) {
            if (!ending) {
                say(
                        part.name(),
                        "is not back: " + e.getMessage().lines().findFirst().orElseThrow());
                Duration longer = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
                later(longer).execute(() -> startAgain(part, longer));
            }
        }
    }

    private Executor later(Duration pause) {
        return CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, executor);
    }

    private void say(String name, String words) {
        out.printf("  %-10s %s%n", name, words);
    }

    /** All at once: each takes seconds, and none needs another one for it. */
    private void end() {
        ending = true;
        if (!parts.isEmpty()) {
            out.println("Ending");
        }
        CompletableFuture.allOf(parts.stream()
                        .map(part ->
                                CompletableFuture.runAsync(() -> part.process().close(), executor))
                        .toArray(CompletableFuture<?>[]::new))
                .join();
    }
}

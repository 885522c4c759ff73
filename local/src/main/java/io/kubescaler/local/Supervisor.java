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

/** Starts the parts, restarts those that end by themselves, and ends all with this program. It prints each step. */
final class Supervisor {

    /** Ctrl+C also ends the parts: time for it to reach this program. */
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

    /** Whether this program is ending. Failures are not reported from then on. */
    boolean isEnding() {
        return ending;
    }

    /** Runs a step when the needed one is done, in parallel with all others. */
    CompletableFuture<Void> after(CompletableFuture<Void> needed, Runnable step) {
        return needed.thenRunAsync(step, executor);
    }

    /**
     * Starts the part and waits until it is ready.
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

    /** Starts a part or anything else, and prints how long that took. */
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
        out.printf("  %-14s %s%n", name, words);
    }

    /** Ends all parts in parallel: each takes seconds, and no part needs another to end. */
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

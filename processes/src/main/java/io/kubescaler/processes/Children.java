package io.kubescaler.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The processes started by this JVM. They end with it, however it ends. */
final class Children {

    /** The longest time from SIGTERM to SIGKILL; stream-service drains for at most 30 s. */
    private static final Duration GRACE = Duration.ofSeconds(40);

    // On SIGKILL this JVM runs no shutdown hook. With util-linux, the kernel then kills the children. It also kills a
    // child when the thread that started it ends, so one lasting thread starts them all.
    private static final List<String> DIE_WITH_PARENT = List.of("setpriv", "--pdeathsig", "KILL");
    private static final boolean CAN_DIE_WITH_PARENT = canDieWithParent();
    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "children-starter");
        thread.setDaemon(true);
        return thread;
    });

    /** The last started comes first. Also guards {@link #ending}. */
    private static final Deque<Process> RUNNING = new ArrayDeque<>();

    private static boolean ending;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Children::stopAll, "children-stopper"));
    }

    private Children() {}

    /** Starts the process of {@code builder}; its command may get a prefix. */
    static Process start(ProcessBuilder builder) throws IOException {
        if (CAN_DIE_WITH_PARENT) {
            builder.command(prefixed(builder.command()));
        }
        try {
            return CompletableFuture.supplyAsync(() -> startNow(builder), STARTER)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException failure) {
                throw failure.getCause();
            }
            throw e;
        }
    }

    private static Process startNow(ProcessBuilder builder) {
        synchronized (RUNNING) {
            try {
                if (ending) {
                    throw new IOException("this JVM is ending.");
                }
                Process process = fork(builder);
                RUNNING.addFirst(process);
                process.onExit().thenAccept(Children::forget);
                return process;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Never at the same time as {@link FreePorts#isFree}. */
    static Process fork(ProcessBuilder builder) throws IOException {
        synchronized (FreePorts.class) {
            return builder.start();
        }
    }

    private static void forget(Process ended) {
        synchronized (RUNNING) {
            RUNNING.remove(ended);
        }
    }

    /** Sends a signal, for instance {@code STOP}. */
    static void signal(Process process, String name) throws IOException {
        CompletableFuture<Process> kill = fork(new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD))
                .onExit();
        if (kill.join().exitValue() != 0) {
            throw new IOException("Process " + process.pid() + " did not get the signal " + name + ".");
        }
    }

    /** Ends a process, even a suspended one: SIGTERM, then SIGKILL if it takes too long. Waits until it is gone. */
    static void stop(Process process) {
        process.destroy();
        try {
            if (process.isAlive()) {
                signal(process, "CONT");
            }
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                kill(process);
            }
        } catch (IOException e) {
            kill(process); // It has already ended, or cannot be continued.
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a process with SIGKILL and waits until it is gone. */
    static void kill(Process process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    private static void stopAll() {
        List<Process> running;
        synchronized (RUNNING) {
            ending = true;
            running = List.copyOf(RUNNING);
        }
        running.forEach(Children::stop);
    }

    private static boolean canDieWithParent() {
        try {
            return fork(new ProcessBuilder(prefixed(List.of("true")))
                                    .redirectErrorStream(true)
                                    .redirectOutput(ProcessBuilder.Redirect.DISCARD))
                            .onExit()
                            .join()
                            .exitValue()
                    == 0;
        } catch (IOException e) {
            return false; // setpriv is not installed.
        }
    }

    private static List<String> prefixed(List<String> command) {
        List<String> all = new ArrayList<>(DIE_WITH_PARENT);
        all.addAll(command);
        return all;
    }
}

package io.kubescaler.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs tasks in order and one at a time, on threads of another executor. */
final class Serial implements Executor {

    private final Executor threads;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    Serial(Executor threads) {
        this.threads = threads;
    }

    /** @param task must not throw */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            threads.execute(this::run);
        }
    }

    private void run() {
        do {
            tasks.remove().run();
        } while (waiting.decrementAndGet() > 0);
    }
}

package io.kubescaler.main.testdata;

import jakarta.annotation.PreDestroy;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Makes many small calls to base in parallel, but few enough at once that base has time for others. */
@Component
class Lanes {

    static final int WIDTH = 16;

    private static final long BETWEEN_CHECKS_MILLIS = 200;

    private final ExecutorService threads = Executors.newFixedThreadPool(WIDTH);

    /**
     * Returns when all items are done. After a failure, it starts no further item, waits for the started ones, and
     * throws the failure.
     *
     * @param check called on this thread again and again meanwhile; throws to end the work
     */
    <T> void forEach(Collection<T> items, Consumer<T> work, Runnable check) {
        Queue<T> waiting = new ConcurrentLinkedQueue<>(items);
        CompletableFuture<?>[] lanes = Stream.generate(
                        () -> CompletableFuture.runAsync(() -> drain(waiting, work), threads))
                .limit(WIDTH)
                .toArray(CompletableFuture[]::new);
        CompletableFuture<Void> all = CompletableFuture.allOf(lanes);
        try {
            while (!isOver(all)) {
                check.run();
            }
        } catch (RuntimeException e) {
            waiting.clear();
            all.exceptionally(failure -> null).join();
            throw e;
        }
    }

    private static boolean isOver(CompletableFuture<Void> all) {
        try {
            all.get(BETWEEN_CHECKS_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private static <T> void drain(Queue<T> waiting, Consumer<T> work) {
        try {
            for (T item = waiting.poll(); item != null; item = waiting.poll()) {
                work.accept(item);
            }
        } catch (RuntimeException e) {
            waiting.clear();
            throw e;
        }
    }

    @PreDestroy
    void close() {
        threads.shutdownNow();
    }
}

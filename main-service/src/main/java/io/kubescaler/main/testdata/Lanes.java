package io.kubescaler.main.testdata;

import jakarta.annotation.PreDestroy;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Makes many small calls to base in parallel, but few enough at once that base has time for others. */
@Component
class Lanes {

    static final int WIDTH = 16;

    private final ExecutorService threads = Executors.newFixedThreadPool(WIDTH);

    /**
     * Returns when all items are done. After a failure, it starts no further item, waits for the started ones, and
     * throws the failure.
     */
    <T> void forEach(Collection<T> items, Consumer<T> work) {
        Queue<T> waiting = new ConcurrentLinkedQueue<>(items);
        CompletableFuture<?>[] lanes = Stream.generate(
                        () -> CompletableFuture.runAsync(() -> drain(waiting, work), threads))
                .limit(WIDTH)
                .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(lanes).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
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

package io.kubescaler.main.base;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a walk over base's lists has found, for all callers together. At most one walk is under way, and what it has found is
 * kept for 2 s, or as long as the walk took if that is longer. So base spends at most half of its time on it.
 */
final class SharedWalk<T> {

    static final Duration KEPT = Duration.ofSeconds(2);

    private final Supplier<T> walk;
    private final LongSupplier nanoTime;
    private @Nullable Result<T> latest;

    SharedWalk(Supplier<T> walk, LongSupplier nanoTime) {
        this.walk = walk;
        this.nanoTime = nanoTime;
    }

    synchronized CompletableFuture<T> result() {
        if (latest == null || latest.isOver(nanoTime.getAsLong())) {
            Result<T> next = new Result<>();
            latest = next;
            // A thread of its own, because callers wait for it without one.
            Thread thread = new Thread(() -> next.take(walk, nanoTime), "walk");
            thread.setDaemon(true);
            thread.start();
        }
        return latest.found.copy();
    }

    /** The next caller gets a new walk, even if one is under way. */
    synchronized void forget() {
        latest = null;
    }

    private static final class Result<T> {

        private final CompletableFuture<T> found = new CompletableFuture<>();
        private volatile long end;

        void take(Supplier<T> walk, LongSupplier nanoTime) {
            long start = nanoTime.getAsLong();
            try {
                T all = walk.get();
                long now = nanoTime.getAsLong();
                end = now + Math.max(KEPT.toNanos(), now - start);
                found.complete(all);
            } catch (RuntimeException | Error failure) {
                found.completeExceptionally(new CompletionException(failure));
            }
        }

        boolean isOver(long now) {
            return found.isCompletedExceptionally() || (found.isDone() && end - now <= 0);
        }
    }
}

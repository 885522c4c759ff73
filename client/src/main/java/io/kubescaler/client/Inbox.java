package io.kubescaler.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The items that were not taken yet. It requests more only when it is empty, so it holds at most one read. */
final class Inbox<T> {

    private final Queue<T> items = new ArrayDeque<>();
    private boolean over;
    private @Nullable StreamException failure;

    synchronized void put(T item) {
        if (!over) {
            items.add(item);
            notifyAll();
        }
    }

    /** Ends the inbox, which takes nothing more; the first reason counts. */
    synchronized void finish(@Nullable StreamException reason) {
        if (!over) {
            over = true;
            failure = reason;
            notifyAll();
        }
    }

    synchronized boolean isEmpty() {
        return items.isEmpty();
    }

    /**
     * Returns the next item; empty after the end.
     *
     * @param more requests more
     * @param late makes the exception for a time-out
     */
    Optional<T> next(Duration limit, Runnable more, Supplier<StreamException> late) {
        long end = System.nanoTime() + Time.toNanos(limit);
        while (true) {
            synchronized (this) {
                if (!items.isEmpty() || over) {
                    return take();
                }
            }
            // Again after each wait: another thread may have taken what came.
            more.run();
            synchronized (this) {
                long left = end - System.nanoTime();
                if (items.isEmpty() && !over) {
                    if (left <= 0) {
                        throw late.get();
                    }
                    await(left);
                }
            }
        }
    }

    private Optional<T> take() {
        if (items.isEmpty() && failure != null) {
            throw failure;
        }
        return Optional.ofNullable(items.poll());
    }

    private void await(long nanos) {
        try {
            // At least one millisecond: zero would wait forever.
            wait(TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamException("The thread was interrupted while it waited for an event.", e);
        }
    }
}

package io.kubescaler.redlock.redisson;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.redisson.api.RedissonClient;

/**
 * The client of one master. It connects on a thread of its own, because Redisson's first connection blocks the caller.
 * A call during an attempt to connect waits for that attempt; a call between attempts fails at once.
 */
final class RedissonConnection implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RedissonClient client;
    private final Thread connector;
    private volatile CompletableFuture<RedissonClient> attempt = new CompletableFuture<>();

    /** @param client lazily initialized */
    RedissonConnection(String name, RedissonClient client) {
        this.client = client;
        this.connector = new Thread(this::connect, "redlock-connect-" + name);
        connector.setDaemon(true);
        connector.start();
    }

    <T> CompletionStage<T> call(Function<RedissonClient, CompletionStage<T>> command) {
        return attempt.thenCompose(command);
    }

    /** Completes when the current attempt to connect is over, even if it fails. */
    CompletableFuture<Void> settled() {
        return attempt.handle((connected, failure) -> null);
    }

    boolean isClosed() {
        return client.isShuttingDown();
    }

    @Override
    public void close() {
        connector.interrupt();
        client.shutdown();
    }

    private void connect() {
        while (!isClosed()) {
            try {
                client.getKeys().countExists("any");
                attempt.complete(client);
                return;
            } catch (RuntimeException failure) {
                attempt.completeExceptionally(failure);
            }
            try {
                Thread.sleep(PAUSE.toMillis());
            } catch (InterruptedException closed) {
                return;
            }
            attempt = new CompletableFuture<>();
        }
    }
}

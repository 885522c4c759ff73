package io.kubescaler.redlock.redisson;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode.InfoSection;
import org.redisson.api.redisnode.RedisNodes;

/**
 * The client of one master. It connects on a thread of its own, because Redisson's first connection blocks the caller.
 * A call during an attempt to connect waits for that attempt; a call between attempts fails at once.
 */
final class RedissonConnection implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final String name;
    private final RedissonClient client;
    private final ConcurrentMap<String, RedissonConnection> byRunId;
    private final Thread connector;
    private volatile CompletableFuture<RedissonClient> attempt = new CompletableFuture<>();

    /**
     * @param client lazily initialized
     * @param byRunId the connected masters, by the id that each Redis gives itself when it starts
     */
    RedissonConnection(String name, RedissonClient client, ConcurrentMap<String, RedissonConnection> byRunId) {
        this.name = name;
        this.client = client;
        this.byRunId = byRunId;
        this.connector = new Thread(this::connect, "redlock-connect-" + name);
        connector.setDaemon(true);
        connector.start();
    }

    <T> CompletionStage<T> call(Function<RedissonClient, CompletionStage<T>> command) {
        return attempt.thenCompose(command);
    }

    /** Completes when the current attempt to connect is over, with its failure or null. */
    CompletableFuture<@Nullable Throwable> settled() {
        return attempt.handle((connected, failure) -> failure);
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
                requireAnother(client.getRedisNodes(RedisNodes.SINGLE)
                        .getInstance()
                        .info(InfoSection.SERVER)
                        .get("run_id"));
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

    /** One master under two names would vote twice. */
    private void requireAnother(String runId) {
        RedissonConnection known = byRunId.putIfAbsent(runId, this);
        if (known != null && known != this) {
            throw new IllegalArgumentException(
                    known.name + " and " + name + " are the same Redis; each master votes once");
        }
    }
}

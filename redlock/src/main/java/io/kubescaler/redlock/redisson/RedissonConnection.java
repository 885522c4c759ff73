package io.kubescaler.redlock.redisson;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode.InfoSection;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.NettyHook;
import org.redisson.config.Config;

/**
 * The client of one master. It connects on a thread of its own, because Redisson's first connection blocks the caller.
 * The same thread checks the identity of the master, again after every change of a connection: there may be another
 * Redis now. An answer counts only after that check.
 *
 * <p>A call during an attempt to connect waits for that attempt; a call between attempts fails at once.
 */
final class RedissonConnection implements AutoCloseable, NettyHook {

    private static final Duration PAUSE = Duration.ofMillis(250);

    private final String name;
    private final RedissonClient client;
    private final Identities identities;
    private final Thread connector;
    private volatile CompletableFuture<RedissonClient> attempt = new CompletableFuture<>();
    private boolean settled;
    private int changes;

    /** @param config of one server, lazily initialized */
    RedissonConnection(String name, Config config, Identities identities) {
        this.name = name;
        this.identities = identities;
        this.client = Redisson.create(config.setNettyHook(this));
        this.connector = new Thread(this::connect, "redlock-connect-" + name);
        connector.setDaemon(true);
        connector.start();
    }

    String name() {
        return name;
    }

    <T> CompletionStage<T> call(Function<RedissonClient, CompletionStage<T>> command) {
        return attempt.thenCompose(command).thenCompose(reply -> attempt.thenApply(checked -> reply));
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

    @Override
    public void afterBoostrapInitialization(Bootstrap bootstrap) {
        // Only channels matter.
    }

    @Override
    public void afterChannelInitialization(Channel channel) {
        changed();
        channel.closeFuture().addListener(closed -> changed());
    }

    private synchronized void changed() {
        changes++;
        beginAttempt();
        notifyAll();
    }

    private synchronized void beginAttempt() {
        if (settled) {
            settled = false;
            attempt = new CompletableFuture<>();
        }
    }

    private void connect() {
        try {
            while (!isClosed()) {
                int seen = changes();
                try {
                    identities.claim(
                            this,
                            client.getRedisNodes(RedisNodes.SINGLE)
                                    .getInstance()
                                    .info(InfoSection.SERVER)
                                    .get("run_id"));
                } catch (RuntimeException failure) {
                    settle().completeExceptionally(failure);
                    Thread.sleep(PAUSE.toMillis());
                    beginAttempt();
                    continue;
                }
                CompletableFuture<RedissonClient> checked = settleUnlessChanged(seen);
                if (checked != null) {
                    checked.complete(client);
                    awaitChange(seen);
                }
            }
        } catch (InterruptedException closed) {
            // The thread ends.
        }
    }

    private synchronized int changes() {
        return changes;
    }

    /** The attempt, to be completed: from now on, a change begins another one. */
    private synchronized CompletableFuture<RedissonClient> settle() {
        settled = true;
        return attempt;
    }

    private synchronized @Nullable CompletableFuture<RedissonClient> settleUnlessChanged(int seen) {
        return changes == seen ? settle() : null;
    }

    private synchronized void awaitChange(int seen) throws InterruptedException {
        while (changes == seen) {
            wait();
        }
    }
}

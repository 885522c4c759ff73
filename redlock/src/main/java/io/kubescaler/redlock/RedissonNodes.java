package io.kubescaler.redlock;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/**
 * The Redis masters, each behind a client of its own, so that one that hangs takes nothing from the others. A master may
 * be down at the start and at any time later; it is used as soon as it answers.
 */
public final class RedissonNodes implements AutoCloseable {

    /** Round trips are short, so a few connections carry thousands of calls a second. */
    private static final int CONNECTIONS = 8;

    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final ExecutorService executor = Executors.newFixedThreadPool(2);
    private final List<RedissonClient> clients;
    private final List<LockNode> nodes;

    private RedissonNodes(List<URI> uris, Duration timeout) {
        clients = uris.stream().map(uri -> client(uri, timeout)).toList();
        nodes = java.util.stream.IntStream.range(0, uris.size())
                .<LockNode>mapToObj(i -> new RedissonLockNode(
                        uris.get(i).getHost() + ":" + uris.get(i).getPort(), clients.get(i)))
                .toList();
    }

    /**
     * Prepares the clients; it waits for no master.
     *
     * @param uris redis:// or rediss:// with host and port, optionally {@code user:password@} before them
     * @param timeout how long connecting and every answer may take
     */
    public static RedissonNodes connect(List<URI> uris, Duration timeout) {
        return new RedissonNodes(uris, timeout);
    }

    public List<LockNode> nodes() {
        return nodes;
    }

    @Override
    public void close() {
        clients.forEach(client -> client.shutdown(0, 2, java.util.concurrent.TimeUnit.SECONDS));
        eventLoops.shutdownGracefully(0, 2, java.util.concurrent.TimeUnit.SECONDS);
        executor.shutdown();
    }

    private RedissonClient client(URI uri, Duration timeout) {
        int millis = Math.toIntExact(timeout.toMillis());
        Config config = new Config();
        config.setLazyInitialization(true);
        config.setEventLoopGroup(eventLoops);
        config.setExecutor(executor);
        config.useSingleServer()
                .setAddress(uri.toString())
                .setTimeout(millis)
                .setConnectTimeout(millis)
                .setRetryAttempts(0)
                .setConnectionPoolSize(CONNECTIONS)
                .setConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(1)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setPingConnectionInterval(5_000)
                .setDnsMonitoringInterval(5_000);
        return Redisson.create(config);
    }
}

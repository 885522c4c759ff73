package io.kubescaler.redlock.redisson;

import io.kubescaler.redlock.LockNode;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.redisson.config.Config;
import org.redisson.config.DelayStrategy;
import org.redisson.config.EqualJitterDelay;

/**
 * The Redis masters, each with its own client, so that a hanging master does not affect the others. A master may be
 * down at any time, also at the start; it is used as soon as it answers.
 */
public final class RedissonNodes implements AutoCloseable {

    /**
     * Round trips are short, so a few connections carry thousands of calls per second. All stay open, because the
     * identity of the master is checked after every change of a connection.
     */
    private static final int CONNECTIONS = 8;

    /** Long, because a cold JVM is slow to connect. Callers do not wait so long. */
    private static final int PATIENCE_MILLIS = 2_000;

    private static final int PROBE_MILLIS = 5_000;

    /** Sessions wait for a master that is back, maybe at another address. */
    private static final Duration RETURN = Duration.ofSeconds(1);

    /** The pauses between attempts to connect again. By default, they grow to 10 s. */
    public static final DelayStrategy RECONNECTION = new EqualJitterDelay(Duration.ofMillis(100), RETURN);

    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final ExecutorService executor = Executors.newFixedThreadPool(2);
    private final List<RedissonConnection> connections = new ArrayList<>();
    private final List<LockNode> nodes = new ArrayList<>();
    private final Identities identities = new Identities();

    private RedissonNodes(List<URI> uris, RedisLogin login) {
        for (URI uri : uris) {
            String name = name(uri);
            RedissonConnection connection = new RedissonConnection(name, config(uri, login), identities);
            connections.add(connection);
            nodes.add(new RedissonLockNode(name, connection, login));
        }
    }

    /** As {@link #connect(List, RedisLogin)}, to masters that admit everybody or whose addresses contain the password. */
    public static RedissonNodes connect(List<URI> uris) {
        return connect(uris, RedisLogin.NONE);
    }

    /**
     * Connects to all masters at once. It returns when the first attempt for each has succeeded or failed, and goes on
     * trying in the background.
     *
     * @param uris redis:// or rediss:// with host and port, optionally {@code user:password@} before them
     * @param login for the masters whose address has no password
     * @throws IllegalArgumentException if a URI has another form, or two of them are the same master. If that is so
     *     only later, the second name counts as a node that fails
     */
    public static RedissonNodes connect(List<URI> uris, RedisLogin login) {
        uris.forEach(RedissonNodes::requireAddress);
        RedissonNodes connected = new RedissonNodes(uris, login);
        for (RedissonConnection connection : connected.connections) {
            if (connection.settled().join() instanceof IllegalArgumentException twice) {
                connected.close();
                throw twice;
            }
        }
        return connected;
    }

    /** Host and port of a Redis, without the password that a URI may have. */
    public static String name(URI uri) {
        return uri.getHost() + ":" + uri.getPort();
    }

    public List<LockNode> nodes() {
        return List.copyOf(nodes);
    }

    /** Returns whether a master has had this {@code run_id}. */
    public boolean include(String runId) {
        return identities.include(runId);
    }

    @Override
    public void close() {
        connections.forEach(RedissonConnection::close);
        eventLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        executor.shutdown();
    }

    private static void requireAddress(URI uri) {
        boolean redis = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
        if (!redis || uri.getHost() == null || uri.getPort() < 0) {
            // Only parts of it: an address may contain a password.
            throw new IllegalArgumentException("The address of a Redis is redis://host:port, but one has the scheme "
                    + uri.getScheme() + ", the host " + uri.getHost() + " and the port " + uri.getPort());
        }
    }

    private Config config(URI uri, RedisLogin login) {
        Config config = new Config();
        login.applyTo(config);
        config.setLazyInitialization(true);
        config.setEventLoopGroup(eventLoops);
        config.setExecutor(executor);
        config.useSingleServer()
                .setAddress(uri.toString())
                .setTimeout(PATIENCE_MILLIS)
                .setConnectTimeout(PATIENCE_MILLIS)
                .setRetryAttempts(0)
                .setConnectionPoolSize(CONNECTIONS)
                .setConnectionMinimumIdleSize(CONNECTIONS)
                .setSubscriptionConnectionPoolSize(1)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setPingConnectionInterval(PROBE_MILLIS)
                .setReconnectionDelay(RECONNECTION)
                .setDnsMonitoringInterval(RETURN.toMillis());
        return config;
    }
}

package io.kubescaler.load;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.ChildProcess;
import io.kubescaler.backing.EmbeddedCassandra;
import io.kubescaler.backing.FreePorts;
import io.kubescaler.backing.RedisProcess;
import io.kubescaler.backing.RedisProcess.Durability;
import io.kubescaler.backing.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A platform of its own for one measurement: Cassandra, three Redis masters, base-service, and stream-service as often as it
 * is asked for. All of it ends and is deleted when this is closed.
 */
final class Platform implements AutoCloseable {

    private static final int MASTERS = 3;

    private static final List<String> SMALL =
            List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

    /** For a thousand streams; in its image, stream-service has a part of the container's memory instead. */
    private static final List<String> STREAM =
            List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

    private final Path root = Path.of(System.getProperty("kubescaler.root"));
    private final Path directory;

    /** The last started first. */
    private final Deque<ChildProcess> running = new ArrayDeque<>();

    private final LocalUrl base;
    private final String redisNodes;

    Platform() throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(root.resolve("load-test/target")), "platform-");
        try {
            List<RedisProcess> redis = IntStream.rangeClosed(1, MASTERS)
                    .mapToObj(number -> new RedisProcess(
                            "redis-" + number,
                            directory.resolve("redis-" + number),
                            log("redis-" + number),
                            FreePorts.next(),
                            Durability.EVERY_SECOND))
                    .toList();
            redis.forEach(this::start);
            redisNodes = redis.stream().map(node -> node.uri().toString()).collect(Collectors.joining(","));
            var cassandra = new EmbeddedCassandra(
                    Backing.cassandraJars(),
                    directory.resolve("cassandra"),
                    log("cassandra"),
                    FreePorts.next(),
                    FreePorts.next());
            start(cassandra);
            base = start(
                            "base",
                            "base-service",
                            SMALL,
                            "--spring.cassandra.contact-points="
                                    + cassandra.address().contactPoint(),
                            "--kubescaler.schema.mode=migrate")
                    .url();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A running service. */
    record Service(ServiceProcess process, LocalUrl url) {

        ServerProcess server() {
            return ServerProcess.of(process.pid());
        }
    }

    LocalUrl base() {
        return base;
    }

    /** Starts a stream-service; returns when it is ready. */
    Service stream(String name, String... settings) {
        Stream<String> addresses = Stream.of(
                "--kubescaler.base.url=" + base.uri(),
                "--kubescaler.redis.nodes=" + redisNodes,
                "--kubescaler.stream.instance=" + name);
        return start(
                name,
                "stream-service",
                STREAM,
                Stream.concat(addresses, Stream.of(settings)).toArray(String[]::new));
    }

    /** Starts anything else. */
    void start(ChildProcess process) {
        process.start();
        running.addFirst(process);
    }

    Path directory() {
        return directory;
    }

    private Service start(String name, String module, List<String> jvmOptions, String... settings) {
        LocalUrl url = LocalUrl.ofPort(FreePorts.next());
        LocalUrl management = LocalUrl.ofPort(FreePorts.next());
        Stream<String> addresses = Stream.of(
                "--server.address=127.0.0.1",
                "--server.port=" + url.port(),
                "--management.server.address=127.0.0.1",
                "--management.server.port=" + management.port());
        var process = new ServiceProcess(
                name,
                root.resolve(module).resolve("target").resolve(module + ".jar"),
                jvmOptions,
                Stream.concat(addresses, Stream.of(settings)).toList(),
                management.resolve("/actuator/health/readiness").uri(),
                log(name));
        start(process);
        return new Service(process, url);
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    @Override
    public void close() {
        running.forEach(ChildProcess::close);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

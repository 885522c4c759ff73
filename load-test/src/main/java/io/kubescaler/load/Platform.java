package io.kubescaler.load;

import io.kubescaler.processes.CassandraProcess;
import io.kubescaler.processes.ChildProcess;
import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.RedisProcess.Durability;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * A platform for one measurement: Cassandra, three Redis masters, base-service, and stream-service on request. Closing
 * it ends all processes and deletes their data.
 */
final class Platform implements AutoCloseable {

    private static final int MASTERS = 3;

    private static final List<String> SMALL = List.of("-Xmx192m", "-XX:+UseSerialGC");

    /** For a thousand streams. The image of stream-service takes a share of the container's memory instead. */
    private static final List<String> STREAM = List.of("-Xmx512m");

    private final Path directory;
    private final Services services;

    /** The last started comes first. */
    private final Deque<ChildProcess> running = new ArrayDeque<>();

    private final Service base;
    private final List<RedisProcess> redis;

    Platform() throws IOException {
        Path root = Services.projectRoot();
        directory = Files.createTempDirectory(Files.createDirectories(root.resolve("load-test/target")), "platform-");
        services = new Services(root, directory);
        redis = RedisProcess.masters(MASTERS, directory, Durability.EVERY_SECOND);
        try {
            redis.forEach(this::start);
            var cassandra = CassandraProcess.of(
                    EmbeddedCassandra.jarsOf(root),
                    directory.resolve("cassandra"),
                    directory.resolve("cassandra.log"),
                    FreePorts.next(),
                    FreePorts.next());
            start(cassandra);
            base = start(services.create("base", Kind.BASE, SMALL, Services.on(cassandra.address())));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    LocalUrl base() {
        return url(base);
    }

    static LocalUrl url(Service service) {
        return new LocalUrl(service.url());
    }

    static ServerProcess server(Service service) {
        return ServerProcess.of(service.process().pid());
    }

    /** Starts a stream-service and waits until it is ready. */
    Service stream(String name, String... settings) {
        List<String> all = new ArrayList<>(
                Services.on(base.url(), redis.stream().map(RedisProcess::uri).toList()));
        all.add("--kubescaler.stream.instance=" + name);
        all.addAll(List.of(settings));
        return start(services.create(name, Kind.STREAM, STREAM, all));
    }

    private Service start(Service service) {
        start(service.process());
        return service;
    }

    /** Starts any process; closing the platform ends it. */
    void start(ChildProcess process) {
        process.start();
        running.addFirst(process);
    }

    Path directory() {
        return directory;
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

package io.kubescaler.backing;

import io.kubescaler.processes.CassandraAddress;
import io.kubescaler.processes.ChildProcess;
import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.StartFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs processes of this machine. Their data is in the module's target folder until they are closed. */
final class EmbeddedSource implements Backing.Source {

    @Override
    public CassandraAddress cassandra() {
        Path directory = newDirectory("cassandra-");
        EmbeddedCassandra cassandra = new EmbeddedCassandra(
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory,
                directory.resolve("cassandra.log"),
                FreePorts.next(),
                FreePorts.next());
        cassandra.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            cassandra.close();
            delete(directory);
        }));
        return cassandra.address();
    }

    @Override
    public RedisNodes redis(int count) {
        Path directory = newDirectory("redis-");
        List<RedisProcess> masters = RedisProcess.masters(count, directory, RedisProcess.Durability.NONE);
        try {
            masters.forEach(ChildProcess::start);
        } catch (StartFailedException e) {
            masters.forEach(ChildProcess::close);
            throw e;
        }
        return new Masters(directory, masters);
    }

    private record Masters(Path directory, List<RedisProcess> processes) implements RedisNodes {

        @Override
        public List<URI> uris() {
            return processes.stream().map(RedisProcess::uri).toList();
        }

        @Override
        public void close() {
            processes.forEach(ChildProcess::close);
            delete(directory);
        }
    }

    private static Path newDirectory(String prefix) {
        try {
            Path parent = Files.createDirectories(Path.of("target", "backing"));
            return Files.createTempDirectory(parent, prefix);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

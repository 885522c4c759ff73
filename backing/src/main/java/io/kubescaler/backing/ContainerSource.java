package io.kubescaler.backing;

import io.kubescaler.processes.CassandraAddress;
import io.kubescaler.processes.StartFailedException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.lifecycle.Startables;

/** Runs containers. When this JVM ends, Testcontainers stops the remaining ones. */
final class ContainerSource implements Backing.Source {

    private static final String CASSANDRA_IMAGE = "cassandra:5.0";
    private static final int CASSANDRA_PORT = 9042;
    private static final Duration CASSANDRA_PATIENCE = Duration.ofMinutes(5);

    private static final String REDIS_IMAGE = "redis:7";
    private static final int REDIS_PORT = 6379;

    // Testcontainers closes it.
    @SuppressWarnings("resource")
    @Override
    public CassandraAddress cassandra() {
        GenericContainer<?> container = new GenericContainer<>(CASSANDRA_IMAGE)
                .withExposedPorts(CASSANDRA_PORT)
                .withEnv("MAX_HEAP_SIZE", "512M")
                .withEnv("HEAP_NEWSIZE", "128M")
                .withEnv("JVM_EXTRA_OPTS", "-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0")
                .waitingFor(Wait.forLogMessage(".*Starting listening for CQL clients.*", 1)
                        .withStartupTimeout(CASSANDRA_PATIENCE));
        start("Cassandra", Stream.of(container));
        return new CassandraAddress(container.getHost(), container.getMappedPort(CASSANDRA_PORT), "datacenter1");
    }

    @Override
    public RedisNodes redis(int count) {
        List<? extends GenericContainer<?>> containers = Stream.generate(
                        () -> new GenericContainer<>(REDIS_IMAGE).withExposedPorts(REDIS_PORT))
                .limit(count)
                .toList();
        Masters masters = new Masters(containers);
        try {
            start("Redis", containers.stream());
        } catch (StartFailedException e) {
            masters.close();
            throw e;
        }
        return masters;
    }

    private static void start(String name, Stream<? extends GenericContainer<?>> containers) {
        try {
            Startables.deepStart(containers).join();
        } catch (CompletionException e) {
            throw new StartFailedException(
                    name + " did not start in a container: " + e.getCause().getMessage()
                            + ". -Dkubescaler.backing=embedded needs no container.",
                    e);
        }
    }

    private record Masters(List<? extends GenericContainer<?>> containers) implements RedisNodes {

        @Override
        public List<URI> uris() {
            return containers.stream()
                    .map(container ->
                            URI.create("redis://" + container.getHost() + ":" + container.getMappedPort(REDIS_PORT)))
                    .toList();
        }

        @Override
        public void close() {
            containers.forEach(GenericContainer::stop);
        }
    }
}

package io.kubescaler.backing;

import io.kubescaler.processes.CassandraAddress;
import io.kubescaler.processes.StartFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;

/**
 * Real Cassandra and Redis for tests, as processes of this machine or in containers. The system property
 * {@code kubescaler.backing} selects {@code embedded} or {@code containers}. If it is empty or not set, containers are
 * used if a Docker engine answers.
 */
public final class Backing {

    private static final Logger LOG = LoggerFactory.getLogger(Backing.class);

    private static @Nullable Source source;
    private static @Nullable CassandraAddress cassandra;

    private Backing() {}

    /**
     * The Cassandra of this JVM. The first call starts it; the end of the JVM stops it. All tests share it, each with
     * its own keyspace.
     *
     * @throws StartFailedException if it does not start
     */
    public static synchronized CassandraAddress cassandra() {
        if (cassandra == null) {
            cassandra = source().cassandra();
        }
        return cassandra;
    }

    /**
     * Starts empty, independent Redis masters. They lose their data on a restart.
     *
     * @throws StartFailedException if one does not start
     */
    public static RedisNodes redis(int count) {
        return source().redis(count);
    }

    private static synchronized Source source() {
        if (source == null) {
            String wanted = System.getProperty("kubescaler.backing", "");
            source = switch (wanted) {
                case "embedded" -> new EmbeddedSource();
                case "containers" -> new ContainerSource();
                case "" -> found();
                default ->
                    throw new IllegalArgumentException(
                            "kubescaler.backing is \"" + wanted + "\"; it must be embedded, containers or empty.");
            };
        }
        return source;
    }

    private static Source found() {
        if (DockerClientFactory.instance().isDockerAvailable()) {
            LOG.info("A Docker engine answers: Cassandra and Redis run in containers");
            return new ContainerSource();
        }
        LOG.info("No Docker engine answers: Cassandra and Redis run as processes");
        return new EmbeddedSource();
    }

    /** Provides Cassandra and Redis. */
    sealed interface Source permits EmbeddedSource, ContainerSource {

        CassandraAddress cassandra();

        RedisNodes redis(int count);
    }
}

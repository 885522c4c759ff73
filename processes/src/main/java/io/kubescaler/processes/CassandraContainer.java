package io.kubescaler.processes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Cassandra in a container, for machines without a JDK for it. Container and volume are named after the port. If this
 * JVM is killed, the container runs until the next start.
 */
public final class CassandraContainer extends CassandraProcess {

    private static final String IMAGE = "cassandra:5.0";
    private static final int INNER_PORT = 9042;

    private final String name;

    /** @param port for clients (CQL) */
    public CassandraContainer(Path log, int port) {
        super(log, port);
        name = "kubescaler-cassandra-" + port;
    }

    /** Whether a Docker engine answers. */
    static boolean isPossible() {
        try {
            return run(List.of("docker", "info")) == 0;
        } catch (IOException e) {
            return false; // Docker is not installed.
        }
    }

    @Override
    List<Integer> ports() {
        return List.of(port());
    }

    @Override
    List<String> command() throws IOException {
        run(List.of("docker", "rm", "--force", name));
        return List.of(
                "docker",
                "run",
                "--rm",
                "--name=" + name,
                "--publish=127.0.0.1:" + port() + ":" + INNER_PORT,
                "--volume=" + name + ":/var/lib/cassandra",
                "--env=MAX_HEAP_SIZE=512M",
                "--env=HEAP_NEWSIZE=128M",
                "--env=JVM_EXTRA_OPTS=-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0",
                IMAGE);
    }

    private static int run(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .onExit()
                .join()
                .exitValue();
    }
}

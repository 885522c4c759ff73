package io.kubescaler.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Cassandra in a container, for machines without a JDK for it. Container and volume are named after the port. If this
 * JVM is killed, the container runs until {@link #removeLeftBehind}, with which the next start begins.
 */
public final class CassandraContainer extends CassandraProcess {

    private static final String IMAGE = "cassandra:5.0";
    private static final int INNER_PORT = 9042;

    /** The label with the process id of the JVM that started the container. */
    static final String STARTER = "io.kubescaler.starter";

    private final String name;

    /** @param port for clients (CQL) */
    public CassandraContainer(Path log, int port) {
        super(log, port);
        name = name(port);
    }

    private static String name(int port) {
        return "kubescaler-cassandra-" + port;
    }

    /** Removes the container for this port if the JVM that started it is gone. */
    static void removeLeftBehind(int port) {
        try {
            Process inspect = Children.fork(new ProcessBuilder(
                            "docker", "inspect", "--format={{index .Config.Labels \"" + STARTER + "\"}}", name(port))
                    .redirectError(ProcessBuilder.Redirect.DISCARD));
            String starter = new String(inspect.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (starter.matches("\\d+")
                    && ProcessHandle.of(Long.parseLong(starter)).isEmpty()) {
                run(List.of("docker", "rm", "--force", name(port)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a Docker engine answers. */
    static boolean isPossible() {
        try {
            return run(List.of("docker", "info")) == 0;
        } catch (IOException e) {
            return false; // Docker is not installed.
        }
    }

    /** None to check: a container of an earlier start may still have it, and Docker reports any other owner. */
    @Override
    List<Integer> ports() {
        return List.of();
    }

    @Override
    List<String> command() throws IOException {
        run(List.of("docker", "rm", "--force", name));
        return List.of(
                "docker",
                "run",
                "--rm",
                "--name=" + name,
                "--label=" + STARTER + "=" + ProcessHandle.current().pid(),
                "--publish=127.0.0.1:" + port() + ":" + INNER_PORT,
                "--volume=" + name + ":/var/lib/cassandra",
                "--env=MAX_HEAP_SIZE=512M",
                "--env=HEAP_NEWSIZE=128M",
                "--env=JVM_EXTRA_OPTS=-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0",
                IMAGE);
    }

    private static int run(List<String> command) throws IOException {
        return Children.fork(new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD))
                .onExit()
                .join()
                .exitValue();
    }
}

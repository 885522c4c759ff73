package io.kubescaler.processes;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** One Cassandra node, on the same port and with the same data through all its restarts. */
public abstract sealed class CassandraProcess extends ChildProcess permits EmbeddedCassandra, CassandraContainer {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

    private final int port;

    CassandraProcess(Path log, int port) {
        super("Cassandra", log, PATIENCE);
        this.port = port;
    }

    /**
     * Chooses for this machine: a process if there is a JDK for Cassandra, else a container.
     *
     * @param jars as returned by {@link EmbeddedCassandra#jarsOf}
     * @param directory for its data, created if missing
     * @param log gets its output appended
     * @param port for clients (CQL)
     * @param storagePort for other nodes; there are none
     * @throws StartFailedException if there is neither a JDK nor a Docker engine
     */
    public static CassandraProcess of(Path jars, Path directory, Path log, int port, int storagePort) {
        return of(CassandraJdk.find(), jars, directory, log, port, storagePort);
    }

    static CassandraProcess of(
            Optional<CassandraJdk> jdk, Path jars, Path directory, Path log, int port, int storagePort) {
        if (jdk.isEmpty() && CassandraContainer.isPossible()) {
            CassandraContainer.removeLeftBehind(port);
            return new CassandraContainer(log, port);
        }
        return new EmbeddedCassandra(jdk, jars, directory, log, port, storagePort);
    }

    int port() {
        return port;
    }

    /** The address for clients. */
    public CassandraAddress address() {
        return new CassandraAddress("127.0.0.1", port, "datacenter1");
    }

    /** Whether it answers a CQL OPTIONS request with SUPPORTED. */
    @Override
    boolean isReady() throws IOException {
        byte version = 4;
        byte options = 5;
        byte supported = 6;
        try (Socket socket = new Socket()) {
            int timeout = (int) ANSWER_TIMEOUT.toMillis();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeout);
            socket.setSoTimeout(timeout);
            socket.getOutputStream().write(new byte[] {version, 0, 0, 0, options, 0, 0, 0, 0});
            DataInputStream answer = new DataInputStream(socket.getInputStream());
            answer.skipNBytes(4);
            return answer.readByte() == supported;
        }
    }
}

package io.kubescaler.backing;

import java.io.DataInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * One Cassandra node, on the same ports and with the same data through all its restarts. It runs on the JDK of this JVM, which
 * has to be a JDK 17, and takes about 400 MB.
 */
public final class EmbeddedCassandra extends ChildProcess {

    /** The only JDK, of those that this project runs on, that Cassandra 5.0 runs on as well. */
    private static final int JDK = 17;

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

    private static final String CONFIGURATION = "cassandra.yaml";
    private static final String LOGGING = "cassandra-logback.xml";

    /** What Cassandra reaches into: the list of its own jvm17-server.options. */
    private static final List<String> INTERNALS = List.of(
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports=java.management.rmi/com.sun.jmx.remote.internal.rmi=ALL-UNNAMED",
            "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
            "--add-exports=java.rmi/sun.rmi.server=ALL-UNNAMED",
            "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.module=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.loader=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.math=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.module=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.reflect=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.util.jar=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true");

    /** Up in 4 to 5 s instead of 8 to 9 on two cores, with 400 MB instead of 670. */
    private static final List<String> QUICK_AND_SMALL = List.of(
            "-Xms64m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            // What Cassandra would find out for itself, in 3 s of computing.
            "-Dcassandra.memtable.row_overhead_size=180",
            // There are no other nodes to wait for.
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.ring_delay_ms=0",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.shutdown_announce_in_ms=0");

    private final Path jars;
    private final Path directory;
    private final int port;
    private final int storagePort;

    /**
     * @param jars the directory of Cassandra's jars, as module {@code backing/cassandra-jars} collects them
     * @param directory where its data is, created if not there
     * @param log the file that its output is appended to
     * @param port for clients (CQL)
     * @param storagePort for other nodes, of which there are none; it listens there all the same
     */
    public EmbeddedCassandra(Path jars, Path directory, Path log, int port, int storagePort) {
        super("Cassandra", log, PATIENCE);
        this.jars = jars.toAbsolutePath();
        this.directory = directory.toAbsolutePath();
        this.port = port;
        this.storagePort = storagePort;
    }

    /** Where clients connect to. */
    public CassandraAddress address() {
        return new CassandraAddress("127.0.0.1", port, "datacenter1");
    }

    @Override
    List<Integer> ports() {
        return List.of(port, storagePort);
    }

    @Override
    List<String> command() throws IOException {
        requireJdk(Runtime.version());
        requireJars();
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(INTERNALS);
        command.addAll(QUICK_AND_SMALL);
        command.add("-Dcassandra.config=" + unpack(CONFIGURATION).toUri());
        command.add("-Dlogback.configurationFile=" + unpack(LOGGING));
        command.add("-Dcassandra.storagedir=" + directory);
        command.add("-Dcassandra.native_transport_port=" + port);
        command.add("-Dcassandra.storage_port=" + storagePort);
        // Native libraries are unpacked there, and stay there if Cassandra is killed.
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-cp");
        command.add(jars.resolve("*").toString());
        command.add("org.apache.cassandra.service.CassandraDaemon");
        return command;
    }

    /** A CQL OPTIONS request, answered by SUPPORTED. */
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

    static void requireJdk(Runtime.Version version) {
        if (version.feature() != JDK) {
            throw new StartFailedException("Cassandra did not start: it runs on JDK " + JDK + ", and this is JDK "
                    + version.feature() + " (" + System.getProperty("java.home") + "). Point JAVA_HOME to a JDK " + JDK
                    + ".");
        }
    }

    private void requireJars() throws IOException {
        if (Files.isDirectory(jars)) {
            try (Stream<Path> files = Files.list(jars)) {
                if (files.anyMatch(file -> file.getFileName().toString().startsWith("cassandra-all-"))) {
                    return;
                }
            }
        }
        throw new FileNotFoundException(
                "its jars are not in " + jars + ". The build of the whole project puts them there.");
    }

    private Path unpack(String resource) throws IOException {
        Path file = directory.resolve(resource);
        try (InputStream in = Objects.requireNonNull(EmbeddedCassandra.class.getResourceAsStream(resource))) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }
}

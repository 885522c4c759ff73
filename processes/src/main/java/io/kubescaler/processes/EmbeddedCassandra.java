package io.kubescaler.processes;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Cassandra as a process of this machine. It takes about 400 MB and needs JDK 17 or 21. */
public final class EmbeddedCassandra extends CassandraProcess {

    private static final String CONFIGURATION = "cassandra.yaml";
    private static final String LOGGING = "cassandra-logback.xml";

    /** Access to JDK internals, as in Cassandra's jvm17-server.options. */
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
            // JDK 21 allows a security manager only with this option.
            "-Djava.security.manager=allow",
            "-Dio.netty.tryReflectionSetAccessible=true");

    /** On two cores, a start takes 4 to 5 s instead of 8 to 9, and 400 MB instead of 670. */
    private static final List<String> QUICK_AND_SMALL = List.of(
            "-Xms64m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            // Otherwise Cassandra computes it for 3 s.
            "-Dcassandra.memtable.row_overhead_size=180",
            // There are no other nodes to wait for.
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.ring_delay_ms=0",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.shutdown_announce_in_ms=0");

    private final Optional<CassandraJdk> jdk;
    private final Path jars;
    private final Path directory;
    private final int storagePort;
    private String settings = "";
    private List<String> jvmOptions = List.of();

    /**
     * @param jars the directory of Cassandra's jars, as returned by {@link #jarsOf}
     * @param directory for its data, created if missing
     * @param log gets its output appended
     * @param port for clients (CQL)
     * @param storagePort for other nodes; there are none, but it listens there
     */
    public EmbeddedCassandra(Path jars, Path directory, Path log, int port, int storagePort) {
        this(CassandraJdk.find(), jars, directory, log, port, storagePort);
    }

    EmbeddedCassandra(Optional<CassandraJdk> jdk, Path jars, Path directory, Path log, int port, int storagePort) {
        super(log, port);
        this.jdk = jdk;
        this.jars = jars.toAbsolutePath();
        this.directory = directory.toAbsolutePath();
        this.storagePort = storagePort;
    }

    /**
     * Adds lines to its cassandra.yaml, from the next start on.
     *
     * @param jvmOptions replace those of the same name
     */
    public void configure(String yaml, String... jvmOptions) {
        settings = yaml;
        this.jvmOptions = List.of(jvmOptions);
    }

    /** Whether this machine has a JDK for it. */
    public static boolean isPossible() {
        return CassandraJdk.find().isPresent();
    }

    /** The directory of Cassandra's jars, which the build of the project fills. */
    public static Path jarsOf(Path root) {
        return root.resolve("processes/cassandra-jars/target/jars");
    }

    @Override
    List<Integer> ports() {
        return List.of(port(), storagePort);
    }

    @Override
    List<String> command() throws IOException {
        Path java = jdk.map(CassandraJdk::java)
                .orElseThrow(() -> new StartFailedException(
                        "Cassandra did not start: install JDK 17 (set JAVA_HOME_17 if it is in no usual folder), JDK 21 or"
                                + " Docker."));
        requireJars();
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(INTERNALS);
        command.addAll(QUICK_AND_SMALL);
        command.addAll(jvmOptions);
        Path configuration = unpack(CONFIGURATION);
        Files.writeString(configuration, settings, StandardOpenOption.APPEND);
        command.add("-Dcassandra.config=" + configuration.toUri());
        command.add("-Dlogback.configurationFile=" + unpack(LOGGING));
        command.add("-Dcassandra.storagedir=" + directory);
        command.add("-Dcassandra.native_transport_port=" + port());
        command.add("-Dcassandra.storage_port=" + storagePort);
        // Cassandra unpacks native libraries there; if it is killed, they stay.
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-cp");
        command.add(jars.resolve("*").toString());
        command.add("org.apache.cassandra.service.CassandraDaemon");
        return command;
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

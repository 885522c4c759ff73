package io.kubescaler.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Starts base, main and stream from the jars of the build. They run from unpacked copies with a class archive. That
 * halves the time of a start, and a later build does not change a running service. All programs that run from one
 * checkout share the copies, in its {@code data/programs}.
 */
public final class Services {

    /** The services of the platform. */
    public enum Kind {
        BASE("base-service"),
        MAIN("main-service"),
        STREAM("stream-service");

        private final String module;

        Kind(String module) {
            this.module = module;
        }
    }

    /** A service with its addresses, not started at first. */
    public record Service(ServiceProcess process, URI url, URI management) implements AutoCloseable {

        /** @throws StartFailedException if it does not become ready */
        public Service start() {
            process.start();
            return this;
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static final String READY = "ready";
    private static final String USED_BY = "used-by-";

    private static final long LOCK_POLL_MILLIS = 50;
    private static final String ADDRESS = "--server.address=";

    /** Nothing listens there. */
    private static final String NOWHERE = "127.0.0.1:1";

    /** In a short life, the optimizing compiler costs more than it saves. */
    private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

    private final Path root;
    private final Path copies;
    private final Path logs;
    private final Map<Kind, Path> made = new ConcurrentHashMap<>();

    /**
     * @param root of the project; each module has its jar in {@code target}
     * @param logs the directory of the logs, one per name
     */
    public Services(Path root, Path logs) {
        this.root = root.toAbsolutePath();
        this.copies = this.root.resolve("data/programs");
        this.logs = logs.toAbsolutePath();
    }

    /** For tests: the logs are in the module's target folder. */
    public static Services ofTests() {
        return new Services(projectRoot(), Path.of("target", "services"));
    }

    /** The root of the project, from the system property {@code kubescaler.root}. */
    public static Path projectRoot() {
        String root = System.getProperty("kubescaler.root");
        if (root == null) {
            throw new IllegalStateException("The system property kubescaler.root must name the root of the project.");
        }
        return Path.of(root);
    }

    /** Creates a service on free ports. */
    public Service create(String name, Kind kind, List<String> jvmOptions, List<String> settings) {
        return create(name, kind, FreePorts.next(), FreePorts.next(), jvmOptions, settings);
    }

    /**
     * @param name for messages and the log file
     * @param jvmOptions for instance {@code -Xmx256m}
     * @param settings for instance {@code --kubescaler.lock.ttl=30s}
     * @throws StartFailedException if its jar is missing
     */
    public Service create(
            String name, Kind kind, int port, int managementPort, List<String> jvmOptions, List<String> settings) {
        return create(name, kind, List.of(), port, managementPort, jvmOptions, settings);
    }

    /**
     * Creates a service on free ports, with changes for a test.
     *
     * @param replacements directories of classes and resources that replace those of its jars
     */
    public Service create(
            String name, Kind kind, List<Path> replacements, List<String> jvmOptions, List<String> settings) {
        return create(name, kind, replacements, FreePorts.next(), FreePorts.next(), jvmOptions, settings);
    }

    private Service create(
            String name,
            Kind kind,
            List<Path> replacements,
            int port,
            int managementPort,
            List<String> jvmOptions,
            List<String> settings) {
        URI url = at(port);
        URI management = at(managementPort);
        Path copy = copy(kind);
        List<String> options = new ArrayList<>(QUICK);
        if (replacements.isEmpty()) {
            // The archive is for the class path with which it was made.
            options.add("-XX:SharedArchiveFile=" + archive(copy));
        }
        options.addAll(jvmOptions);
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--management.server.address=127.0.0.1",
                "--management.server.port=" + managementPort));
        if (settings.stream().noneMatch(setting -> setting.startsWith(ADDRESS))) {
            arguments.add(ADDRESS + "127.0.0.1");
        }
        arguments.addAll(settings);
        ServiceProcess process = new ServiceProcess(
                name,
                replacements,
                jar(copy, kind),
                options,
                arguments,
                management.resolve("/actuator/health/readiness"),
                logs.resolve(name + ".log"));
        return new Service(process, url, management);
    }

    /** The settings of base for this Cassandra. */
    public static List<String> on(CassandraAddress cassandra) {
        return List.of(
                "--spring.cassandra.contact-points=" + cassandra.contactPoint(),
                "--spring.cassandra.local-datacenter=" + cassandra.localDatacenter(),
                "--kubescaler.schema.mode=migrate");
    }

    /** The settings of main and stream for base and the Redis masters. */
    public static List<String> on(URI base, List<URI> redis) {
        return List.of(
                "--kubescaler.base.url=" + base,
                "--kubescaler.redis.nodes=" + redis.stream().map(URI::toString).collect(Collectors.joining(",")));
    }

    /** Makes the copies of all services in parallel, before the first start. */
    public void prepare() {
        Stream.of(Kind.values()).parallel().forEach(this::copy);
    }

    /** The copy that this program uses for all starts of a service: it does not change while the program runs. */
    private Path copy(Kind kind) {
        // Not computeIfAbsent: it could let the copy of one service wait for that of another.
        synchronized (kind) {
            Path copy = made.get(kind);
            if (copy == null) {
                copy = make(kind);
                made.put(kind, copy);
            }
            return copy;
        }
    }

    private Path make(Kind kind) {
        Path jar = root.resolve(kind.module).resolve("target").resolve(kind.module + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new StartFailedException(jar + " is missing. The build of the whole project makes it.");
        }
        try {
            Files.createDirectories(copies);
            Files.createDirectories(logs);
            // Other programs may share the copies; the lock ends with the channel.
            try (FileChannel channel = FileChannel.open(
                    copies.resolve(kind.module + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                awaitLock(channel);
                Path copy = copies.resolve(kind.module + "-" + origin(jar));
                if (!Files.exists(copy.resolve(READY))) {
                    delete(copy);
                    ServiceProcess.unpack(jar, copy, logs.resolve("unpacking.log"));
                    archive(kind, copy);
                    Files.createFile(copy.resolve(READY));
                }
                Files.write(copy.resolve(USED_BY + ProcessHandle.current().pid()), new byte[0]);
                deleteUnused(kind, copy);
                return copy;
            }
        } catch (IOException e) {
            throw new StartFailedException(kind.module + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /**
     * Asks again and again. If several threads of two programs waited in the system, each for another service, the
     * system would see a deadlock of the programs and fail one of them.
     */
    private static void awaitLock(FileChannel channel) throws IOException {
        while (channel.tryLock() == null) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOCK_POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
    }

    /** A name for the contents of this jar on this JVM. The time of a jar says nothing: the build sets it. */
    static String origin(Path jar) throws IOException {
        CRC32 contents = new CRC32();
        try (InputStream bytes = new CheckedInputStream(Files.newInputStream(jar), contents)) {
            bytes.transferTo(OutputStream.nullOutputStream());
        }
        contents.update(Runtime.version().toString().getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(contents.getValue());
    }

    /** Deletes copies of other jars that no program uses. */
    private void deleteUnused(Kind kind, Path current) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(copies, kind.module + "-*")) {
            for (Path copy : all) {
                if (!copy.equals(current) && !isUsed(copy)) {
                    delete(copy);
                }
            }
        }
    }

    private static boolean isUsed(Path copy) throws IOException {
        try (DirectoryStream<Path> users = Files.newDirectoryStream(copy, USED_BY + "*")) {
            for (Path user : users) {
                String pid = user.getFileName().toString().substring(USED_BY.length());
                if (ProcessHandle.of(Long.parseLong(pid)).isPresent()) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Starts it once without its dependencies: when it ends, the JVM archives the loaded classes. base fails after most
     * of a start; the others run until they are stopped.
     */
    private void archive(Kind kind, Path copy) {
        URI management = at(FreePorts.next());
        List<String> options = new ArrayList<>(QUICK);
        options.add("-XX:ArchiveClassesAtExit=" + archive(copy));
        try (ServiceProcess training = new ServiceProcess(
                kind.module,
                List.of(),
                jar(copy, kind),
                options,
                List.of(
                        "--server.port=0",
                        "--management.server.port=" + management.getPort(),
                        "--spring.cassandra.contact-points=" + NOWHERE,
                        "--kubescaler.base.url=http://" + NOWHERE,
                        "--kubescaler.redis.nodes=redis://" + NOWHERE,
                        "--kubescaler.stream.drain.pause=0s"),
                management.resolve("/actuator/health/liveness"),
                logs.resolve("archiving.log"))) {
            training.start();
        } catch (StartFailedException e) {
            if (kind != Kind.BASE) {
                throw e;
            }
        }
    }

    private static Path archive(Path copy) {
        return copy.resolve("classes.jsa");
    }

    private static Path jar(Path copy, Kind kind) {
        return copy.resolve(kind.module + ".jar");
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}

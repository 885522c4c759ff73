package io.kubescaler.processes;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/** One Redis, on the same port and with the same directory through all its restarts. */
public final class RedisProcess extends ChildProcess {

    /** The data that survives a restart. */
    public enum Durability {
        /** Nothing. */
        NONE,
        /** All data after a kill of the process. If the machine fails, the last second is lost. */
        EVERY_SECOND,
        /** All data that it confirmed. */
        ALWAYS
    }

    /** The name of the Redis of published messages. */
    public static final String MESSAGES = "redis-messages";

    private static final String HERE = "127.0.0.1";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);
    private static final String DATA_FILE = "appendonly.aof";

    /** Messages may be lost: those of the profiles that have been idle for longest go first. */
    private static final List<String> BOUNDED = List.of("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru");

    private static @Nullable Path executable;

    private final Path directory;
    private final String host;
    private final int port;
    private final List<String> prefix;
    private final Durability durability;
    private final List<String> bounds;
    private final List<String> users = new ArrayList<>();

    /**
     * @param directory for its data, created if missing
     * @param log gets its output appended
     */
    public RedisProcess(String name, Path directory, Path log, int port, Durability durability) {
        this(name, directory, log, HERE, port, List.of(), durability, List.of());
    }

    private RedisProcess(
            String name,
            Path directory,
            Path log,
            String host,
            int port,
            List<String> prefix,
            Durability durability,
            List<String> bounds) {
        super(name, log, PATIENCE);
        this.directory = directory.toAbsolutePath();
        this.host = host;
        this.port = port;
        this.prefix = prefix;
        this.durability = durability;
        this.bounds = bounds;
    }

    /**
     * Creates the Redis of published messages, not started yet. It keeps at most 64 MB, and nothing through a restart.
     *
     * @param directory its working directory, created if missing
     * @param log gets its output appended
     */
    public static RedisProcess ofMessages(Path directory, Path log, int port) {
        return new RedisProcess(MESSAGES, directory, log, HERE, port, List.of(), Durability.NONE, BOUNDED);
    }

    /** Creates independent masters, not started yet. Their data and logs are in the directory. */
    public static List<RedisProcess> masters(int count, Path directory, Durability durability) {
        return masters(count, directory, durability, HERE, List.of());
    }

    /**
     * Creates independent masters elsewhere on this machine, for instance in a network namespace.
     *
     * @param host the address that they listen on, without a password: nothing else may reach it
     * @param prefix a command that runs the rest of its arguments there, in its own process
     */
    public static List<RedisProcess> masters(
            int count, Path directory, Durability durability, String host, List<String> prefix) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> "redis-" + number)
                .map(name -> new RedisProcess(
                        name,
                        directory.resolve(name),
                        directory.resolve(name + ".log"),
                        host,
                        FreePorts.next(),
                        prefix,
                        durability,
                        List.of()))
                .toList();
    }

    /**
     * Admits a user, from the next start on, beside the user {@code default}, which has no password and may do everything.
     *
     * @param name of a file {@code docker/redis/NAME.acl}, which has the user's rights
     */
    public void admit(String name, String password) {
        users.addAll(List.of("--user", name, "on", ">" + password));
        users.addAll(rights(name));
    }

    /** The rights in {@code docker/redis/NAME.acl}, as Redis's {@code ACL SETUSER} takes them. */
    public static List<String> rights(String user) {
        Path file = Services.projectRoot().resolve("docker/redis/" + user + ".acl");
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For instance {@code redis://127.0.0.1:6391}. */
    public URI uri() {
        return URI.create("redis://" + host + ":" + port);
    }

    /**
     * Deletes its data, so that it starts empty.
     *
     * @throws IllegalStateException if it is running
     */
    public void erase() throws IOException {
        if (isAlive()) {
            throw new IllegalStateException("A running Redis cannot be erased.");
        }
        Files.deleteIfExists(directory.resolve(DATA_FILE));
    }

    @Override
    List<Integer> ports() {
        return List.of(port);
    }

    @Override
    List<String> command() throws IOException {
        Files.createDirectories(directory);
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                executable().toString(),
                "--bind",
                host,
                "--protected-mode",
                "no",
                "--port",
                Integer.toString(port),
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--appendonly",
                durability == Durability.NONE ? "no" : "yes",
                "--appendfilename",
                DATA_FILE,
                "--appendfsync",
                durability == Durability.ALWAYS ? "always" : "everysec"));
        command.addAll(bounds);
        command.addAll(users);
        return command;
    }

    @Override
    boolean isReady() throws IOException {
        try (Socket socket = new Socket()) {
            int timeout = (int) ANSWER_TIMEOUT.toMillis();
            socket.connect(new InetSocketAddress(host, port), timeout);
            socket.setSoTimeout(timeout);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
            return answer.equals("+PONG");
        }
    }

    /** Unpacked once per JVM, because a running program cannot be overwritten. Deleted when this JVM ends. */
    private static synchronized Path executable() throws IOException {
        if (executable == null) {
            File unpacked = ExecutableProvider.newJarResourceProvider().get();
            executable = unpacked.toPath().toAbsolutePath();
        }
        return executable;
    }
}

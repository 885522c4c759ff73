package io.kubescaler.stream;

import io.kubescaler.backing.Backing;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.ServiceProcess;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Real dependencies of the stream service: base-service on Cassandra, Redis masters that can be stopped, and the Redis
 * of published messages.
 */
public final class Platform implements AutoCloseable {

    /** The data and logs of all Redis. */
    public static final Path REDIS = Path.of("target", "redis");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final List<String> JVM_OPTIONS = List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            // There is no load balancer to wait for. Settings of an instance override these.
            "-Dkubescaler.stream.drain.pause=0s",
            "-Dkubescaler.stream.drain.window=1s",
            // However busy the machine is, only faults that a test makes are faults.
            "-Dkubescaler.redis.timeout=1s",
            "-Dkubescaler.base.timeout=10s");

    /** The services are users of Redis with the rights of production, whose passwords these are. */
    private static final String LOCK_PASSWORD = UUID.randomUUID().toString();

    private static final String MESSAGES_PASSWORD = UUID.randomUUID().toString();

    private final Services services = Services.ofTests();
    private final List<RedisProcess> redis;
    private final RedisProcess messages;
    private final Service base;

    /** @param durability how much the Redis masters lose when they are killed */
    public Platform(int masters, RedisProcess.Durability durability) {
        this(RedisProcess.masters(masters, REDIS, durability));
    }

    /**
     * @param masters not started yet
     * @param settings of base, on its command line
     */
    public Platform(List<RedisProcess> masters, String... settings) {
        redis = masters;
        messages = RedisProcess.ofMessages(REDIS.resolve("messages"), REDIS.resolve("messages.log"), FreePorts.next());
        Stream.concat(redis.stream(), Stream.of(messages)).forEach(each -> {
            each.admit("lock", LOCK_PASSWORD);
            each.admit("messages", MESSAGES_PASSWORD);
            each.start();
        });
        base = services.create(
                        "base", Kind.BASE, JVM_OPTIONS, with(Services.on(Backing.cassandra()), List.of(settings)))
                .start();
    }

    public Service base() {
        return base;
    }

    /** The masters. */
    public List<RedisProcess> redis() {
        return redis;
    }

    /** The Redis of published messages. */
    public RedisProcess messages() {
        return messages;
    }

    /** Starts a stream service with command-line settings. */
    public Instance instance(String name, String... settings) {
        return instance(name, List.of(), settings);
    }

    /** Starts a stream service that carries published messages, with command-line settings. */
    public Instance publishing(String name, String... settings) {
        List<String> all = new ArrayList<>(
                List.of("--kubescaler.stream.source=redis", "--kubescaler.stream.messages.redis=" + messages.uri()));
        all.addAll(List.of(settings));
        return instance(name, all.toArray(String[]::new));
    }

    /** Starts a stream service with additional JVM options and command-line settings. */
    public Instance instance(String name, List<String> jvmOptions, String... settings) {
        Instance instance = create(name, redis, jvmOptions, settings);
        instance.service().start();
        return instance;
    }

    /** Creates a stream service with a list of masters of its own; it is not started. */
    public Instance create(String name, List<RedisProcess> masters, List<String> jvmOptions, String... settings) {
        return create(name, List.of(), addresses(masters), jvmOptions, settings);
    }

    /**
     * Creates a stream service that is not started.
     *
     * @param replacements what {@link ChangedProgram#build} returned
     */
    public Instance create(
            String name, List<Path> replacements, List<URI> masters, List<String> jvmOptions, String... settings) {
        List<String> all = new ArrayList<>(Services.on(base.url(), masters));
        all.add("--kubescaler.stream.instance=" + name);
        all.add("--kubescaler.redis.username=lock");
        all.add("--kubescaler.redis.password=" + LOCK_PASSWORD);
        all.add("--kubescaler.stream.messages.username=messages");
        all.add("--kubescaler.stream.messages.password=" + MESSAGES_PASSWORD);
        all.addAll(List.of(settings));
        return new Instance(services.create(name, Kind.STREAM, replacements, with(JVM_OPTIONS, jvmOptions), all));
    }

    /** Of these masters. */
    public static List<URI> addresses(List<RedisProcess> masters) {
        return masters.stream().map(RedisProcess::uri).toList();
    }

    private static List<String> with(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    public record Instance(Service service) implements AutoCloseable {

        public ServiceProcess process() {
            return service.process();
        }

        public URI url() {
            return service.url();
        }

        public URI management() {
            return service.management();
        }

        public URI stream(Object user, Object profile) {
            return url().resolve("/stream/" + user + "/" + profile);
        }

        /** All metrics, as Prometheus reads them. */
        public String scrape() {
            return send("GET", management().resolve("/actuator/prometheus")).body();
        }

        /** The value of a metric without tags. */
        public double metric(String name) {
            return scrape().lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {
            service.close();
        }
    }

    public UUID newUser() {
        return created("/users", "{}");
    }

    public UUID newProfile(UUID... users) {
        return created(
                "/profiles",
                IntStream.range(0, users.length)
                        .mapToObj(i -> "\"" + users[i] + "\"")
                        .collect(Collectors.joining(",", "{\"users\":[", "]}")));
    }

    /** Sends a request without a body. */
    public static HttpResponse<String> send(String method, URI uri, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    /** Sends a request with a JSON body. */
    public static HttpResponse<String> post(URI uri, String body) {
        return send(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    @Override
    public void close() {
        base.close();
        redis.forEach(RedisProcess::close);
        messages.close();
    }

    private UUID created(String path, String body) {
        HttpResponse<String> response = post(base.url().resolve(path), body);
        String location = response.headers().firstValue("Location").orElseThrow();
        return UUID.fromString(location.substring(location.lastIndexOf('/') + 1));
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

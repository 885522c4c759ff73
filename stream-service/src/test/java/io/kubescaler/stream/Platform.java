package io.kubescaler.stream;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.CassandraAddress;
import io.kubescaler.backing.FreePorts;
import io.kubescaler.backing.RedisProcess;
import io.kubescaler.backing.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the stream service needs, for real: base-service on Cassandra, and Redis masters that can be stopped. */
public final class Platform implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Path ROOT = Path.of(System.getProperty("kubescaler.root"));

    private static final List<String> JVM_OPTIONS = List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            // No load balancer has to learn of the end of an instance here; settings of an instance overrule these.
            "-Dkubescaler.stream.drain.pause=0s",
            "-Dkubescaler.stream.drain.window=1s");

    private static final Path DIRECTORY = ROOT.resolve("stream-service/target/platform");

    /** Unpacked, and with an archive of the classes that a start loads, it starts in less than half of the time. */
    private static final Path STREAM_SERVICE = DIRECTORY.resolve("stream-service/stream-service.jar");

    private static final Path CLASSES = DIRECTORY.resolve("classes.jsa");
    private static boolean archived;

    private final List<RedisProcess> redis;
    private final ServiceProcess base;
    private final URI baseUrl;

    /** @param masters how many Redis masters, and how safe what they know is from their death */
    public Platform(int masters, RedisProcess.Durability durability) throws IOException {
        Files.createDirectories(DIRECTORY);
        redis = RedisProcess.masters(masters, DIRECTORY, durability);
        redis.forEach(RedisProcess::start);
        CassandraAddress cassandra = Backing.cassandra();
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        baseUrl = URI.create("http://127.0.0.1:" + port);
        base = new ServiceProcess(
                "base",
                ROOT.resolve("base-service/target/base-service.jar"),
                JVM_OPTIONS,
                List.of(
                        "--server.port=" + port,
                        "--management.server.port=" + managementPort,
                        "--spring.cassandra.contact-points=" + cassandra.contactPoint(),
                        "--spring.cassandra.local-datacenter=" + cassandra.localDatacenter(),
                        "--kubescaler.schema.mode=migrate"),
                URI.create("http://127.0.0.1:" + managementPort + "/actuator/health/readiness"),
                DIRECTORY.resolve("base.log"));
        base.start();
        if (!archived) {
            ServiceProcess.unpack(
                    ROOT.resolve("stream-service/target/stream-service.jar"),
                    STREAM_SERVICE.getParent(),
                    DIRECTORY.resolve("unpacking.log"));
            start("archiving", List.of("-XX:ArchiveClassesAtExit=" + CLASSES)).close();
            archived = true;
        }
    }

    public ServiceProcess base() {
        return base;
    }

    public List<RedisProcess> redis() {
        return redis;
    }

    /** Starts a stream service with settings as on a command line. */
    public Instance instance(String name, String... settings) {
        return instance(name, List.of(), settings);
    }

    /** Starts a stream service with further options of its JVM, and settings as on a command line. */
    public Instance instance(String name, List<String> jvmOptions, String... settings) {
        return start(
                name,
                Stream.concat(Stream.of("-XX:SharedArchiveFile=" + CLASSES), jvmOptions.stream())
                        .toList(),
                settings);
    }

    private Instance start(String name, List<String> jvmOptions, String... settings) {
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--management.server.port=" + managementPort,
                "--kubescaler.stream.instance=" + name,
                "--kubescaler.base.url=" + baseUrl,
                "--kubescaler.redis.nodes="
                        + redis.stream().map(node -> node.uri().toString()).collect(Collectors.joining(","))));
        arguments.addAll(List.of(settings));
        URI url = URI.create("http://127.0.0.1:" + port);
        URI management = URI.create("http://127.0.0.1:" + managementPort);
        ServiceProcess process = new ServiceProcess(
                name,
                STREAM_SERVICE,
                Stream.concat(JVM_OPTIONS.stream(), jvmOptions.stream()).toList(),
                arguments,
                management.resolve("/actuator/health/readiness"),
                DIRECTORY.resolve(name + ".log"));
        process.start();
        return new Instance(process, url, management);
    }

    /** One running stream service. */
    public record Instance(ServiceProcess process, URI url, URI management) implements AutoCloseable {

        public URI stream(Object user, Object profile) {
            return url.resolve("/stream/" + user + "/" + profile);
        }

        /** Everything that Prometheus would be told. */
        public String scrape() {
            return send("GET", management.resolve("/actuator/prometheus")).body();
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
            process.close();
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

    /** Any request without a body. */
    public static HttpResponse<String> send(String method, URI uri, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    /** A request with a body of JSON. */
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
    }

    private UUID created(String path, String body) {
        HttpResponse<String> response = post(baseUrl.resolve(path), body);
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

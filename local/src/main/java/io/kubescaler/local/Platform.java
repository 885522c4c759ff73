package io.kubescaler.local;

import io.kubescaler.backing.EmbeddedCassandra;
import io.kubescaler.backing.FreePorts;
import io.kubescaler.backing.RedisProcess;
import io.kubescaler.backing.RedisProcess.Durability;
import io.kubescaler.backing.ServiceProcess;
import io.kubescaler.backing.StartFailedException;
import io.kubescaler.local.gateway.Gateway;
import io.kubescaler.local.gateway.SecureDoor;
import io.kubescaler.local.gateway.Upstreams;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What there is to start, and in which order. */
final class Platform {

    private static final List<String> SMALL_AND_QUICK =
            List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");

    /** A PKCS #12 file has to have one; what keeps the key is that nobody else may read the file. */
    private static final String CERTIFICATE_PASSWORD = "kubescaler";

    private final Ports ports;
    private final DataFolder data;
    private final Path checkout;
    private final ServiceJars jars;
    private final Supervisor supervisor;

    Platform(Ports ports, DataFolder data, Path checkout, Supervisor supervisor) {
        this.ports = ports;
        this.data = data;
        this.checkout = checkout;
        this.jars = new ServiceJars(checkout, data);
        this.supervisor = supervisor;
    }

    /**
     * Returns when all of it is ready.
     *
     * @throws RefusedException if something cannot be started
     * @throws StartFailedException if something does not become ready
     */
    void start() {
        refuseTakenPorts();
        try {
            startParts().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException reason ? reason : e;
        }
        startGateway();
    }

    private void refuseTakenPorts() {
        ports.byName()
                .forEach((name, numbers) -> numbers.stream()
                        .filter(port -> !FreePorts.isFree(port))
                        .findFirst()
                        .ifPresent(port -> {
                            throw new RefusedException("Port " + port + " of 127.0.0.1 is taken by another program."
                                    + " End that program, or choose another port with " + LocalSettings.PORT_OPTION
                                    + name + "=");
                        }));
    }

    private CompletableFuture<Void> startParts() {
        CompletableFuture<Void> now = CompletableFuture.completedFuture(null);
        CompletableFuture<Void> unpacked = supervisor.after(
                now,
                () -> Stream.of("base-service", "main-service", "stream-service")
                        .forEach(jars::unpack));
        CompletableFuture<Void> backing = startAfter(now, Stream.concat(redis(), Stream.of(cassandra())));
        CompletableFuture<Void> base = startAfter(CompletableFuture.allOf(backing, unpacked), Stream.of(base()));
        return startAfter(base, Stream.concat(Stream.of(main()), streams()));
    }

    private CompletableFuture<Void> startAfter(CompletableFuture<Void> needed, Stream<Part> parts) {
        return CompletableFuture.allOf(parts.map(part -> supervisor.after(needed, () -> supervisor.start(part)))
                .toArray(CompletableFuture<?>[]::new));
    }

    private void startGateway() {
        List<URI> streams = ports.streams().stream().map(Platform::at).toList();
        Path certificate = data.resolve("gateway.p12");
        supervisor.telling("gateway", at(ports.gateway()).toString(), () -> {
            Certificate.make(certificate, CERTIFICATE_PASSWORD, data.log("certificate"));
            Gateway.start(
                    ports.gateway(),
                    new SecureDoor(ports.gatewaySecure(), certificate, CERTIFICATE_PASSWORD),
                    new Upstreams(at(ports.main()), streams),
                    data.log("gateway"));
        });
    }

    private Part cassandra() {
        var process = new EmbeddedCassandra(
                checkout.resolve("backing/cassandra-jars/target/jars"),
                data.resolve("cassandra"),
                data.log("cassandra"),
                ports.cassandra(),
                ports.cassandraStorage());
        return new Part("cassandra", process.address().contactPoint(), process);
    }

    /** They write down what they have confirmed: a master that came back empty could give a lock away twice. */
    private Stream<Part> redis() {
        return IntStream.range(0, ports.redis().size()).mapToObj(i -> {
            String name = "redis-" + (i + 1);
            int port = ports.redis().get(i);
            var process = new RedisProcess(name, data.resolve(name), data.log(name), port, Durability.EVERY_SECOND);
            return new Part(name, process.uri().toString(), process);
        });
    }

    private Part base() {
        return service(
                "base",
                "base-service",
                ports.base(),
                ports.baseManagement(),
                "--spring.cassandra.port=" + ports.cassandra(),
                "--kubescaler.schema.mode=migrate");
    }

    private Part main() {
        return service(
                "main", "main-service", ports.main(), ports.mainManagement(), baseUrl(), redisNodes(), instances());
    }

    /** Whom main asks how the platform does. */
    private String instances() {
        Stream<String> streams = IntStream.range(0, ports.streamsManagement().size())
                .mapToObj(i -> at(ports.streamsManagement().get(i)) + "#stream-" + (i + 1));
        return Stream.concat(
                        Stream.of(at(ports.baseManagement()) + "#base", at(ports.mainManagement()) + "#main"), streams)
                .collect(Collectors.joining(",", "--kubescaler.system.instances=", ""));
    }

    private Stream<Part> streams() {
        return IntStream.range(0, ports.streams().size()).mapToObj(i -> {
            String name = "stream-" + (i + 1);
            return service(
                    name,
                    "stream-service",
                    ports.streams().get(i),
                    ports.streamsManagement().get(i),
                    baseUrl(),
                    redisNodes(),
                    "--kubescaler.stream.instance=" + name,
                    // The gateway asks the other one at once, and who ends all of this does not want to wait.
                    "--kubescaler.stream.drain.pause=0s",
                    "--kubescaler.stream.drain.window=1s");
        });
    }

    private String baseUrl() {
        return "--kubescaler.base.url=" + at(ports.base());
    }

    private String redisNodes() {
        return ports.redis().stream()
                .map(port -> "redis://127.0.0.1:" + port)
                .collect(Collectors.joining(",", "--kubescaler.redis.nodes=", ""));
    }

    private Part service(String name, String module, int port, int managementPort, String... settings) {
        Stream<String> addresses = Stream.of(
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--management.server.address=127.0.0.1",
                "--management.server.port=" + managementPort);
        var process = new ServiceProcess(
                name,
                jars.jar(module),
                SMALL_AND_QUICK,
                Stream.concat(addresses, Stream.of(settings)).toList(),
                at(managementPort).resolve("/actuator/health/readiness"),
                data.log(name));
        return new Part(name, at(port).toString(), process);
    }

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}

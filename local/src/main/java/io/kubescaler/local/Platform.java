package io.kubescaler.local;

import io.kubescaler.local.gateway.Gateway;
import io.kubescaler.local.gateway.SecureDoor;
import io.kubescaler.local.gateway.Upstreams;
import io.kubescaler.processes.CassandraProcess;
import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.RedisProcess.Durability;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import io.kubescaler.processes.StartFailedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The parts of the platform, and the order of their start. */
final class Platform {

    /** Another name, pointed at this machine, would make a page from anywhere the same site. */
    private static final List<String> HOSTS = List.of("localhost", "127.0.0.1", "[::1]");

    private static final List<String> SMALL = List.of("-Xmx192m", "-XX:+UseSerialGC");

    /** A PKCS #12 file needs a password. The permissions of the file protect the key. */
    private static final String CERTIFICATE_PASSWORD = "kubescaler";

    private final Ports ports;
    private final @Nullable AccessKey accessKey;
    private final DataFolder data;
    private final CassandraProcess cassandra;
    private final Services services;
    private final Supervisor supervisor;

    /** @param accessKey signs the access tokens of callers; null if they need none */
    Platform(Ports ports, @Nullable AccessKey accessKey, DataFolder data, Path checkout, Supervisor supervisor) {
        this.ports = ports;
        this.accessKey = accessKey;
        this.data = data;
        this.cassandra = CassandraProcess.of(
                EmbeddedCassandra.jarsOf(checkout),
                data.resolve("cassandra"),
                data.log("cassandra"),
                ports.cassandra(),
                ports.cassandraStorage());
        this.services = new Services(checkout, data.logs());
        this.supervisor = supervisor;
    }

    /**
     * Starts everything and waits until it is ready.
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
        CompletableFuture<Void> unpacked = supervisor.after(now, services::prepare);
        CompletableFuture<Void> backing =
                startAfter(now, Stream.concat(redis(), Stream.of(redisOfMessages(), cassandra())));
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
                    new SecureDoor(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.gatewaySecure()),
                            certificate,
                            CERTIFICATE_PASSWORD),
                    new Upstreams(at(ports.main()), streams),
                    HOSTS,
                    data.log("gateway"));
        });
    }

    private Part cassandra() {
        return new Part("cassandra", cassandra.address().contactPoint(), cassandra);
    }

    /** They save their data: a master that comes back empty could give a lock twice. */
    private Stream<Part> redis() {
        return IntStream.range(0, ports.redis().size()).mapToObj(i -> {
            String name = "redis-" + (i + 1);
            int port = ports.redis().get(i);
            var process = new RedisProcess(name, data.resolve(name), data.log(name), port, Durability.EVERY_SECOND);
            return new Part(name, process.uri().toString(), process);
        });
    }

    /** Beside the masters: if messages fill it, the locks go on. */
    private Part redisOfMessages() {
        String name = RedisProcess.MESSAGES;
        var process = RedisProcess.ofMessages(data.resolve(name), data.log(name), ports.redisMessages());
        return new Part(name, process.uri().toString(), process);
    }

    private Part base() {
        return service("base", Kind.BASE, ports.base(), ports.baseManagement(), Services.on(cassandra.address()));
    }

    private Part main() {
        List<String> settings = new ArrayList<>(baseRedisAndAccess());
        settings.add(instances());
        return service("main", Kind.MAIN, ports.main(), ports.mainManagement(), settings);
    }

    /** The setting with the instances that main reports on. */
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
            List<String> settings = new ArrayList<>(baseRedisAndAccess());
            settings.add("--kubescaler.stream.instance=" + name);
            settings.add("--kubescaler.stream.messages.redis=" + redisAt(ports.redisMessages()));
            // The gateway tries the other instance at once, and Ctrl+C should not take long.
            settings.add("--kubescaler.stream.drain.pause=0s");
            settings.add("--kubescaler.stream.drain.window=1s");
            return service(
                    name,
                    Kind.STREAM,
                    ports.streams().get(i),
                    ports.streamsManagement().get(i),
                    settings);
        });
    }

    private List<String> baseRedisAndAccess() {
        List<String> settings = new ArrayList<>(Services.on(
                at(ports.base()), ports.redis().stream().map(Platform::redisAt).toList()));
        if (accessKey != null) {
            settings.addAll(accessKey.settings());
        }
        return settings;
    }

    private Part service(String name, Kind kind, int port, int managementPort, List<String> settings) {
        List<String> all = new ArrayList<>(settings);
        all.add("--kubescaler.web.hosts=" + String.join(",", HOSTS));
        Service service = services.create(name, kind, port, managementPort, SMALL, all);
        return new Part(name, service.url().toString(), service.process());
    }

    private static URI redisAt(int port) {
        return URI.create("redis://127.0.0.1:" + port);
    }

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}

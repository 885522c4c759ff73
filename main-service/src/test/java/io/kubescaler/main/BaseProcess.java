package io.kubescaler.main;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.CassandraAddress;
import io.kubescaler.backing.FreePorts;
import io.kubescaler.backing.ServiceProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The real base service, from its jar, on a real Cassandra. */
final class BaseProcess {

    final ServiceProcess process;
    final URI url;
    final URI management;

    private BaseProcess(String name) {
        CassandraAddress cassandra = Backing.cassandra();
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        url = URI.create("http://127.0.0.1:" + port);
        management = URI.create("http://127.0.0.1:" + managementPort);
        process = new ServiceProcess(
                name,
                Path.of(
                        Objects.requireNonNull(System.getProperty("kubescaler.root")),
                        "base-service/target/base-service.jar"),
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                List.of(
                        "--server.port=" + port,
                        "--management.server.port=" + managementPort,
                        "--kubescaler.schema.mode=migrate",
                        "--spring.cassandra.contact-points=" + cassandra.contactPoint(),
                        "--spring.cassandra.local-datacenter=" + cassandra.localDatacenter(),
                        "--spring.cassandra.keyspace-name=main_it",
                        "--spring.cassandra.request.timeout=10s"),
                management.resolve("/actuator/health/readiness"),
                Path.of("target", name + ".log"));
    }

    /** Runs until the test JVM ends, at the latest. */
    static BaseProcess start(String name) {
        BaseProcess base = new BaseProcess(name);
        base.process.start();
        return base;
    }
}

package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.Hosts;
import io.kubescaler.processes.CassandraAddress;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.Services.Kind;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The service while its Cassandra comes back at other addresses, as a replaced pod does. */
@EnabledOnOs(OS.LINUX)
class CassandraMovesIT {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final CassandraAddress cassandra = Backing.cassandra();

    @Test
    void followsACassandraThatComesBackAtAnotherAddress() throws Exception {
        try (Hosts hosts = new Hosts(directory.resolve("hosts"));
                Service base = startWithTheFirstOfTwoContactPoints(hosts)) {
            assertThat(status(base)).isEqualTo(200);

            hosts.remove("cassandra-0");
            assertThat(status(base)).isEqualTo(503);
            hosts.move("cassandra-0", cassandra.port());

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(status(base)).isEqualTo(200));
        }
    }

    /** As when all nodes of a cluster are replaced: by the addresses that they had, none is found again. */
    @Test
    void looksForCassandraAtAllContactPointsWhenNoNodeThatItKnowsAnswers() throws Exception {
        try (Hosts hosts = new Hosts(directory.resolve("hosts"));
                Service base = startWithTheFirstOfTwoContactPoints(hosts)) {
            assertThat(status(base)).isEqualTo(200);

            hosts.remove("cassandra-0");
            hosts.move("cassandra-1", cassandra.port());

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(status(base)).isEqualTo(200));
        }
    }

    private Service startWithTheFirstOfTwoContactPoints(Hosts hosts) {
        hosts.move("cassandra-0", cassandra.port());
        List<String> jvm = new ArrayList<>(hosts.jvmOptions());
        jvm.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC"));
        return Services.ofTests()
                .create(
                        "base-of-a-moving-cassandra",
                        Kind.BASE,
                        jvm,
                        List.of(
                                "--spring.cassandra.contact-points=cassandra-0:%1$d,cassandra-1:%1$d"
                                        .formatted(cassandra.port()),
                                "--spring.cassandra.local-datacenter=" + cassandra.localDatacenter(),
                                "--spring.cassandra.keyspace-name=base_moves_it",
                                "--spring.cassandra.request.timeout=20s",
                                "--kubescaler.schema.mode=migrate"))
                .start();
    }

    private static int status(Service base) throws IOException, InterruptedException {
        URI users = base.url().resolve("/users?limit=1");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(users).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}

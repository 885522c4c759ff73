package io.kubescaler.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import io.kubescaler.processes.EmbeddedCassandra;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.Services;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two regions with a node each, in processes of their own: one of them goes away. Other systems lack the address. */
@EnabledOnOs(OS.LINUX)
@EnabledIf(value = "isPossible", disabledReason = "Needs a JDK for Cassandra.")
class RegionAwayIT {

    private static final CqlIdentifier KEYSPACE = CqlIdentifier.fromCql("region_away_it");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private final int storagePort = FreePorts.next();
    private EmbeddedCassandra here;
    private EmbeddedCassandra there;

    static boolean isPossible() {
        return EmbeddedCassandra.isPossible();
    }

    /** The second number of an address is the datacenter. */
    @BeforeEach
    void start() {
        String cluster = """
                endpoint_snitch: RackInferringSnitch
                seed_provider:
                  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                    parameters:
                      - seeds: 127.0.0.1:%d
                """.formatted(storagePort);
        here = cassandra("here", port, storagePort);
        here.configure(cluster);
        here.start();
        there = cassandra("there", FreePorts.next(), FreePorts.next());
        there.configure(
                cluster + """
                        auto_bootstrap: false
                        listen_address: 127.1.0.1
                        rpc_address: 0.0.0.0
                        broadcast_rpc_address: 127.1.0.1
                        """,
                // The longest time until the other node answers.
                "-Dcassandra.ring_delay_ms=10000");
        there.start();
    }

    @AfterEach
    void stop() {
        there.close();
        here.close();
    }

    @Test
    void startsAProgramWhoseSchemaIsThereAndRegistersItWhenTheRegionIsBack() throws Exception {
        try (CqlSession session = session(null)) {
            // A keyspace is made in the regions that the node knows, and it hears of the other one by gossip.
            await().atMost(PATIENCE)
                    .until(() -> session.execute("SELECT tokens FROM system.peers").all().stream()
                            .anyMatch(row -> !row.isNull("tokens")));
            Schema.createKeyspace(session, KEYSPACE, 1);
        }
        try (CqlSession session = session(KEYSPACE)) {
            new Schema(session, Migration.all()).migrate();
            there.close();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThatThrownBy(() -> new RunningInstances(session).enter("one", 1))
                            .isInstanceOf(DriverException.class)
                            .hasMessageContaining("SERIAL"));

            assertThatCode(() -> new Schema(session, Migration.all()).verify()).doesNotThrowAnyException();
            assertThatCode(() -> new Schema(session, Migration.all()).migrate()).doesNotThrowAnyException();
            try (Registration registration = new Registration(session, event -> {})) {
                there.start();

                await().atMost(PATIENCE).untilAsserted(() -> {
                    registration.renew();
                    assertThat(session.execute("SELECT version FROM running_instances WHERE service = 'base'")
                                    .all())
                            .anyMatch(row -> row.getInt("version") == Migration.newest(Migration.all()));
                });
                there.close();
                here.close();

                // Whoever stops this instance waits for it.
                assertTimeout(Duration.ofSeconds(40), registration::renew);
            }
        }
    }

    private EmbeddedCassandra cassandra(String name, int port, int storagePort) {
        return new EmbeddedCassandra(
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory.resolve(name),
                Path.of("target", "cassandra-" + name + ".log"),
                port,
                storagePort);
    }

    private CqlSession session(@Nullable CqlIdentifier keyspace) {
        return CqlSession.builder()
                .addContactPoint(new InetSocketAddress("127.0.0.1", port))
                .withLocalDatacenter("0")
                .withKeyspace(keyspace)
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT, Duration.ofSeconds(30))
                        .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(30))
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(30))
                        .build())
                .build();
    }
}

package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@EnabledIf(
        value = "io.kubescaler.processes.EmbeddedCassandra#isPossible",
        disabledReason = "There is no JDK 17 or 21 for Cassandra.")
class EmbeddedCassandraIT {

    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private EmbeddedCassandra cassandra;

    @BeforeEach
    void create() {
        cassandra = new EmbeddedCassandra(
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory,
                directory.resolve("cassandra.log"),
                port,
                FreePorts.next());
    }

    @AfterEach
    void close() {
        cassandra.close();
    }

    @Test
    void keepsItsDataThroughAKillAndFindsItByAStorageAttachedIndex() {
        cassandra.start();
        try (CqlSession session = connect()) {
            session.execute(
                    "CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
            session.execute("CREATE TABLE test.profiles (id text PRIMARY KEY, users set<text>)");
            session.execute("CREATE INDEX ON test.profiles (users) USING 'sai'");
            session.execute("INSERT INTO test.profiles (id, users) VALUES ('p', {'ann', 'bob'})");
        }

        cassandra.kill();
        cassandra.start();

        try (CqlSession session = connect()) {
            var row = session.execute("SELECT users FROM test.profiles WHERE users CONTAINS 'bob'")
                    .one();
            assertThat(row).isNotNull();
            assertThat(row.getSet("users", String.class)).isEqualTo(Set.of("ann", "bob"));
        }
    }

    @Test
    void saysWhichPortIsTaken() throws IOException {
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(cassandra::start)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("Cassandra did not start: something else listens on port %d of 127.0.0.1.", port);
        }
        assertThat(cassandra.isAlive()).isFalse();
    }

    private CqlSession connect() {
        CassandraAddress address = cassandra.address();
        return CqlSession.builder()
                .addContactPoint(new InetSocketAddress(address.host(), address.port()))
                .withLocalDatacenter(address.localDatacenter())
                .build();
    }
}

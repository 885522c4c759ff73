package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Cassandra where no JDK runs it, in a container of the Docker engine of this machine. */
@Tag("containers")
@EnabledIf(
        value = "io.kubescaler.processes.CassandraContainer#isPossible",
        disabledReason = "No Docker engine answers.")
class CassandraContainerIT {

    private final int port = FreePorts.next();
    private final String name = "kubescaler-cassandra-" + port;

    @TempDir
    private Path directory;

    private CassandraProcess cassandra;

    @BeforeEach
    void createWithoutAJdk() {
        cassandra = create();
    }

    private CassandraProcess create() {
        return CassandraProcess.of(
                Optional.empty(),
                EmbeddedCassandra.jarsOf(Services.projectRoot()),
                directory,
                directory.resolve("cassandra.log"),
                port,
                FreePorts.next());
    }

    @AfterEach
    void remove() throws Exception {
        cassandra.close();
        docker("rm", "--force", name);
        docker("volume", "rm", "--force", name);
    }

    @Test
    void answersAtItsPortKeepsItsDataAndLeavesNoContainer() throws Exception {
        assertThat(cassandra).isInstanceOf(CassandraContainer.class);
        cassandra.start();
        assertThat(containers()).isNotEmpty();
        try (CqlSession session = connect()) {
            session.execute(
                    "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        }
        cassandra.close();
        assertThat(cassandra.isAlive()).isFalse();
        assertThat(containers()).isEmpty();
        assertThat(FreePorts.isFree(port)).isTrue();

        cassandra.start();
        try (CqlSession session = connect()) {
            assertThat(session.getMetadata().getKeyspace("kept")).isPresent();
        }
        cassandra.close();
        assertThat(containers()).isEmpty();
    }

    @Test
    void takesThePlaceOfOneThatWasLeftBehind() throws Exception {
        docker(
                "run",
                "--detach",
                "--name=" + name,
                "--label=" + CassandraContainer.STARTER + "=" + Integer.MAX_VALUE,
                "--publish=127.0.0.1:" + port + ":9042",
                "--volume=" + name + ":/var/lib/cassandra",
                "cassandra:5.0",
                "sleep",
                "600");
        assertThat(FreePorts.isFree(port)).isFalse();

        cassandra = create();
        assertThat(FreePorts.isFree(port)).isTrue();
        cassandra.start();
        try (CqlSession session = connect()) {
            assertThat(session.execute("SELECT release_version FROM system.local")
                            .one())
                    .isNotNull();
        }
        cassandra.close();
        assertThat(containers()).isEmpty();
    }

    private CqlSession connect() {
        CassandraAddress address = cassandra.address();
        return CqlSession.builder()
                .addContactPoint(new InetSocketAddress(address.host(), address.port()))
                .withLocalDatacenter(address.localDatacenter())
                .build();
    }

    private String containers() throws Exception {
        return docker("ps", "--all", "--quiet", "--filter", "name=^" + name + "$");
    }

    private static String docker(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "docker";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = new ProcessBuilder(command).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.strip();
    }
}

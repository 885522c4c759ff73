package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.backing.Backing;
import io.kubescaler.processes.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Starts the program as an operator does. */
@Execution(ExecutionMode.CONCURRENT)
class StartIT {

    private static final String ADVICE = "kubescaler.schema.mode=migrate-only";

    @TempDir
    private Path directory;

    @Test
    void migratesOnlyAfterItRefusedToStartWithoutASchema() throws Exception {
        String cassandra =
                "--spring.cassandra.contact-points=" + Backing.cassandra().contactPoint();
        String datacenter =
                "--spring.cassandra.local-datacenter=" + Backing.cassandra().localDatacenter();
        String keyspace = "start_it_" + UUID.randomUUID().toString().substring(0, 8);
        String keyspaceName = "--spring.cassandra.keyspace-name=" + keyspace;

        Start refused = start(cassandra, datacenter, keyspaceName);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .contains("There is no keyspace " + keyspace, ADVICE)
                .doesNotContain("\tat ");

        Start migrated = start(cassandra, datacenter, keyspaceName, "--" + ADVICE);
        assertThat(migrated.exitCode()).isZero();

        Start again = start(cassandra, datacenter, keyspaceName, "--" + ADVICE);
        assertThat(again.exitCode()).isZero();
        assertThat(again.output()).doesNotContain("Applying schema");
    }

    @Test
    void saysWhereItLookedForACassandraThatIsNotThere() throws Exception {
        String address = "127.0.0.1:" + FreePorts.next();

        Start refused = start("--spring.cassandra.contact-points=" + address);

        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .contains("Cassandra does not answer at " + address, "spring.cassandra.contact-points")
                .doesNotContain("\tat ");
    }

    private Start start(String... arguments) throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("kubescaler.root"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                root.resolve("base-service/target/base-service.jar").toString(),
                "--server.port=0",
                "--management.server.port=0",
                "--spring.cassandra.request.timeout=20s"));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "base", ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as("the program ends by itself")
                    .isTrue();
            return new Start(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    private record Start(int exitCode, String output) {}
}

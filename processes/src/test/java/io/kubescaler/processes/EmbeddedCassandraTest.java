package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedCassandraTest {

    @Test
    void saysWhereItsJarsShouldBe(@TempDir Path empty) {
        EmbeddedCassandra cassandra = new EmbeddedCassandra(
                empty, empty.resolve("data"), empty.resolve("log"), FreePorts.next(), FreePorts.next());

        assertThatThrownBy(cassandra::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("its jars are not in " + empty);
    }
}

package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedCassandraTest {

    @Test
    void saysInOneSentenceWhatToInstallWhereThereIsNoJdkForIt(@TempDir Path empty) {
        EmbeddedCassandra cassandra = new EmbeddedCassandra(
                Optional.empty(),
                empty,
                empty.resolve("data"),
                empty.resolve("log"),
                FreePorts.next(),
                FreePorts.next());

        assertThatThrownBy(cassandra::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessage("Cassandra did not start: install JDK 17 (set JAVA_HOME_17 if it is in no usual folder),"
                        + " JDK 21 or Docker.");
    }

    @Test
    void saysWhereItsJarsShouldBe(@TempDir Path empty) {
        EmbeddedCassandra cassandra = new EmbeddedCassandra(
                empty, empty.resolve("data"), empty.resolve("log"), FreePorts.next(), FreePorts.next());

        assertThatThrownBy(cassandra::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("its jars are not in " + empty);
    }
}

package io.kubescaler.backing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedCassandraTest {

    @Test
    void saysWhichJdkItNeeds() {
        assertThatCode(() -> EmbeddedCassandra.requireJdk(Runtime.Version.parse("17.0.15+6")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> EmbeddedCassandra.requireJdk(Runtime.Version.parse("25.0.3+9")))
                .isInstanceOf(StartFailedException.class)
                .hasMessageStartingWith("Cassandra did not start: it runs on JDK 17, and this is JDK 25 (")
                .hasMessageEndingWith("Point JAVA_HOME to a JDK 17.");
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

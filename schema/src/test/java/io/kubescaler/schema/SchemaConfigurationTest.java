package io.kubescaler.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.metadata.EndPoint;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaConfigurationTest {

    private static final AllNodesFailedException REJECTED =
            failure(new AuthenticationException(mock(EndPoint.class), "Provided username or password is incorrect"));

    @Test
    void saysThatCassandraRejectsThePassword() {
        assertThat(SchemaConfiguration.refusal(REJECTED, "cassandra:9042", "base"))
                .hasMessage("Cassandra at cassandra:9042 rejects the password of the user base.")
                .extracting(StartRefusedException::action)
                .isEqualTo("Set spring.cassandra.username and spring.cassandra.password.");
    }

    @Test
    void saysThatCassandraRequiresAPassword() {
        assertThat(SchemaConfiguration.refusal(REJECTED, "cassandra:9042", null))
                .hasMessage("Cassandra at cassandra:9042 requires a user and a password.");
    }

    @Test
    void saysThatCassandraDoesNotAnswer() {
        assertThat(SchemaConfiguration.refusal(failure(new ConnectException()), "cassandra:9042", "base"))
                .hasMessageStartingWith("Cassandra does not answer at cassandra:9042: ");
    }

    private static AllNodesFailedException failure(Throwable cause) {
        return AllNodesFailedException.fromErrors(List.of(Map.entry(mock(Node.class), cause)));
    }
}

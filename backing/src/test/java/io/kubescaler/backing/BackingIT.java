package io.kubescaler.backing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import io.kubescaler.processes.CassandraAddress;
import io.kubescaler.processes.RedisCommand;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackingIT {

    @Test
    void givesOneCassandraToAll() {
        CassandraAddress address = Backing.cassandra();

        assertThat(Backing.cassandra()).isEqualTo(address);
        try (CqlSession session = CqlSession.builder()
                .addContactPoint(new InetSocketAddress(address.host(), address.port()))
                .withLocalDatacenter(address.localDatacenter())
                .build()) {
            var row =
                    session.execute("SELECT release_version FROM system.local").one();
            assertThat(row).isNotNull();
            assertThat(row.getString("release_version")).startsWith("5.0");
        }
    }

    @Test
    void givesRedisMastersThatKnowNothingOfEachOtherUntilTheyAreClosed() throws IOException {
        List<URI> uris;
        try (RedisNodes nodes = Backing.redis(3)) {
            uris = nodes.uris();
            assertThat(uris).hasSize(3).doesNotHaveDuplicates();

            assertThat(RedisCommand.send(uris.get(0), "SET user ann")).isEqualTo("+OK");
            assertThat(RedisCommand.send(uris.get(1), "DBSIZE")).isEqualTo(":0");
            assertThat(RedisCommand.send(uris.get(2), "DBSIZE")).isEqualTo(":0");
        }
        assertThat(uris)
                .allSatisfy(uri -> assertThatThrownBy(() -> RedisCommand.send(uri, "PING"))
                        .hasCauseInstanceOf(ConnectException.class));
    }
}

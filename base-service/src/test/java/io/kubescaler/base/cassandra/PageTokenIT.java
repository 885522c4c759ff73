package io.kubescaler.base.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import io.kubescaler.base.SharedCassandra;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;

class PageTokenIT extends SharedCassandra {

    @Autowired
    private CqlSession session;

    /** A caller can compute a valid digest for a paging state that Cassandra never returned. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff",
                "0000000000",
                "10c433bfe9894c4d65",
                "7fffffff00f07ffffffd00",
                "ffffffffffffffffff"
            })
    void refusesAnInventedPagingStateUnderAValidDigest(String state) {
        BoundStatement users = session.prepare("SELECT id FROM users").bind();

        String page = new PageToken(users).encode(ByteBuffer.wrap(HexFormat.of().parseHex(state)));

        assertThat(refused(HttpMethod.GET, "/users?page=" + page, HttpStatus.BAD_REQUEST)
                        .getDetail())
                .startsWith("page:");
    }
}

package io.kubescaler.base.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.CASWriteUnknownException;
import com.datastax.oss.driver.api.core.servererrors.DefaultWriteType;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.springframework.data.cassandra.ReactiveResultSet;
import org.springframework.data.cassandra.ReactiveSession;
import reactor.core.publisher.Mono;

/** A session that fails as Cassandra does when concurrent transactions change one row. */
class ContentionTest {

    private static final ConsistencyLevel SERIAL = DefaultConsistencyLevel.LOCAL_SERIAL;
    private static final Node NODE = fake(Node.class, "node");
    private static final DriverException LATE = new WriteTimeoutException(NODE, SERIAL, 0, 1, DefaultWriteType.CAS);
    private static final DriverException UNKNOWN = new CASWriteUnknownException(NODE, SERIAL, 0, 1);
    private static final DriverException OTHER = new WriteTimeoutException(NODE, SERIAL, 0, 1, DefaultWriteType.SIMPLE);

    private final Queue<DriverException> failures = new ArrayDeque<>();
    private final Cassandra cassandra = new Cassandra(session());

    @Test
    void repeatsAChange() {
        failures.addAll(List.of(LATE, UNKNOWN));

        assertThat(cassandra.repeatableChange("UPDATE").block()).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    void repeatsAChangeAFewTimesOnly() {
        failures.addAll(Collections.nCopies(10, LATE));

        assertThatThrownBy(() -> cassandra.repeatableChange("UPDATE").block())
                .isInstanceOf(WriteTimeoutException.class);
        assertThat(failures).hasSize(5);
    }

    @Test
    void repeatsNothingElse() {
        failures.addAll(List.of(OTHER, LATE));

        assertThatThrownBy(() -> cassandra.repeatableChange("UPDATE").block())
                .isInstanceOf(WriteTimeoutException.class);
        assertThatThrownBy(() -> cassandra.change("INSERT").block()).isInstanceOf(WriteTimeoutException.class);
        assertThat(failures).isEmpty();
    }

    private ReactiveSession session() {
        ReactiveResultSet applied = fake(ReactiveResultSet.class, true);
        BoundStatement bound = fake(BoundStatement.class, "bound");
        PreparedStatement prepared = fake(PreparedStatement.class, bound);
        return (ReactiveSession) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ReactiveSession.class}, (proxy, method, values) -> {
                    if (method.getName().equals("prepare")) {
                        return Mono.just(prepared);
                    }
                    return Mono.defer(() -> {
                        DriverException failure = failures.poll();
                        return failure == null ? Mono.just(applied) : Mono.error(failure);
                    });
                });
    }

    /** Every method returns this answer. */
    private static <T> T fake(Class<T> type, Object answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> answer));
    }
}

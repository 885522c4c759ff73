package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.NodeUnavailableException;
import com.datastax.oss.driver.api.core.connection.ClosedConnectionException;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.CASWriteUnknownException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.ReadFailureException;
import com.datastax.oss.driver.api.core.servererrors.ReadTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.WriteFailureException;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Lightweight transactions and serial reads, in all datacenters, because these share the schema. Several instances at
 * once make each other time out, which can end the connection, and a node may not know a new table yet. So a statement
 * is repeated; it must have the same effect twice as once.
 */
final class Transactions {

    /** A node of another region may know a new table only after some seconds. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final Set<Class<? extends Exception>> PASSING = Set.of(
            CASWriteUnknownException.class,
            ClosedChannelException.class,
            ClosedConnectionException.class,
            InvalidQueryException.class,
            NodeUnavailableException.class,
            ReadFailureException.class,
            ReadTimeoutException.class,
            WriteFailureException.class,
            WriteTimeoutException.class);

    private final CqlSession session;

    Transactions(CqlSession session) {
        this.session = session;
    }

    ResultSet execute(String cql, Object... values) {
        return repeat(() -> executeOnce(cql, values));
    }

    /** @param statements that have the same effect twice as once */
    static <T> T repeat(Supplier<T> statements) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return statements.get();
            } catch (DriverException e) {
                if (System.nanoTime() > end || !passes(e)) {
                    throw e;
                }
            }
            pause();
        }
    }

    ResultSet executeOnce(String cql, Object... values) {
        SimpleStatement statement = SimpleStatement.newInstance(cql, values)
                .setSerialConsistencyLevel(DefaultConsistencyLevel.SERIAL)
                .setTimeout(TIMEOUT);
        if (cql.startsWith("SELECT")) {
            // To see all writes, even if their answers were lost.
            statement = statement.setConsistencyLevel(DefaultConsistencyLevel.SERIAL);
        }
        return session.execute(statement);
    }

    private static boolean passes(DriverException failure) {
        Stream<Throwable> all = failure instanceof AllNodesFailedException failures
                ? failures.getAllErrors().values().stream().flatMap(List::stream)
                : Stream.of(failure);
        return all.allMatch(each -> PASSING.stream().anyMatch(type -> type.isInstance(each)));
    }

    static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the schema", e);
        }
    }
}

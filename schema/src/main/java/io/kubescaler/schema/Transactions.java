package io.kubescaler.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.CASWriteUnknownException;
import com.datastax.oss.driver.api.core.servererrors.CoordinatorException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.ReadFailureException;
import com.datastax.oss.driver.api.core.servererrors.ReadTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.WriteFailureException;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import java.time.Duration;
import java.util.Set;

/**
 * Lightweight transactions and serial reads, in all datacenters, because these share the schema. Several instances at
 * once make each other time out, and a node may not know a new table yet. So a statement is repeated; it must have the
 * same effect twice as once.
 */
final class Transactions {

    private static final int ATTEMPTS = 10;

    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final Set<Class<? extends CoordinatorException>> PASSING = Set.of(
            CASWriteUnknownException.class,
            InvalidQueryException.class,
            ReadFailureException.class,
            ReadTimeoutException.class,
            WriteFailureException.class,
            WriteTimeoutException.class);

    private final CqlSession session;

    Transactions(CqlSession session) {
        this.session = session;
    }

    ResultSet execute(String cql, Object... values) {
        SimpleStatement statement = SimpleStatement.newInstance(cql, values)
                .setSerialConsistencyLevel(DefaultConsistencyLevel.SERIAL)
                .setTimeout(TIMEOUT);
        if (cql.startsWith("SELECT")) {
            // To see all writes, even if their answers were lost.
            statement = statement.setConsistencyLevel(DefaultConsistencyLevel.SERIAL);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return session.execute(statement);
            } catch (CoordinatorException e) {
                if (attempt == ATTEMPTS || !PASSING.contains(e.getClass())) {
                    throw e;
                }
            }
            pause();
        }
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

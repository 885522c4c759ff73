package io.kubescaler.base.cassandra;

import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.CASWriteUnknownException;
import com.datastax.oss.driver.api.core.servererrors.DefaultWriteType;
import com.datastax.oss.driver.api.core.servererrors.ProtocolError;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.kubescaler.api.Page;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.cassandra.ReactiveResultSet;
import org.springframework.data.cassandra.ReactiveSession;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Executes the statements of this service. Each statement is prepared at its first use and kept here, because the
 * driver keeps a prepared statement only until the next garbage collection. Failures are the driver's own
 * {@link DriverException}s.
 */
@Component
public class Cassandra {

    private static final int REPETITIONS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final ReactiveSession session;
    private final Map<String, Mono<PreparedStatement>> prepared = new ConcurrentHashMap<>();

    Cassandra(ReactiveSession session) {
        this.session = session;
    }

    /** Returns all rows of a query; fetches the next page on demand. */
    public Flux<Row> rows(String query, Object... values) {
        return bind(query, true, values).flatMap(session::execute).flatMapMany(ReactiveResultSet::rows);
    }

    /**
     * One page of a query.
     *
     * @param limit the maximum number of rows
     * @param page the {@code next} of the previous page; null for the first
     * @throws InvalidPageException through the Mono, if {@code page} does not belong to this query with these values
     */
    public <T> Mono<Page<T>> page(
            Function<Row, T> item, int limit, @Nullable String page, String query, Object... values) {
        return bind(query, true, values).flatMap(statement -> {
            PageToken token = new PageToken(statement);
            BoundStatement first = statement.setPageSize(limit);
            return session.execute(page == null ? first : first.setPagingState(token.decode(page)))
                    .onErrorMap(ProtocolError.class, e -> page == null ? e : new InvalidPageException(e))
                    .flatMap(result -> result.availableRows()
                            .map(item)
                            .collectList()
                            .map(items -> new Page<>(
                                    items,
                                    token.encode(result.getExecutionInfo().getPagingState()))));
        });
    }

    /**
     * Executes a conditional change as a lightweight transaction. All changes of this service are conditional: if plain
     * ones were among them, the clocks of different machines would decide their order.
     *
     * @return whether the condition held and the change was made
     */
    public Mono<Boolean> change(String statement, Object... values) {
        // Not idempotent: after a lost answer, a repetition by the driver would report "not applied".
        return bind(statement, false, values).flatMap(session::execute).map(ReactiveResultSet::wasApplied);
    }

    /**
     * Executes a change that has the same result if it is made twice, and repeats it a few times if other changes of the same
     * row are in its way.
     */
    public Mono<Boolean> repeatableChange(String statement, Object... values) {
        return change(statement, values)
                .retryWhen(Retry.backoff(REPETITIONS, FIRST_PAUSE) // with a jitter of half of each pause
                        .filter(Cassandra::isContention)
                        .onRetryExhaustedThrow((spec, last) -> last.failure()));
    }

    private static boolean isContention(Throwable failure) {
        return failure instanceof CASWriteUnknownException
                || (failure instanceof WriteTimeoutException late && late.getWriteType() == DefaultWriteType.CAS);
    }

    private Mono<BoundStatement> bind(String cql, boolean idempotent, Object... values) {
        return prepared.computeIfAbsent(cql, key -> prepare(key, idempotent)).map(statement -> statement.bind(values));
    }

    /** Keeps the statement, but not a failure to prepare it. */
    private Mono<PreparedStatement> prepare(String cql, boolean idempotent) {
        return session.prepare(SimpleStatement.newInstance(cql).setIdempotent(idempotent))
                .cacheInvalidateIf(statement -> false);
    }
}

package io.kubescaler.base.cassandra;

import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.ProtocolError;
import io.kubescaler.api.Page;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.cassandra.ReactiveResultSet;
import org.springframework.data.cassandra.ReactiveSession;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The statements of this service. Every statement is prepared at its first use and kept, since the driver itself
 * remembers a prepared statement only until the next garbage collection. Failures are the driver's own
 * {@link DriverException}s.
 */
@Component
public class Cassandra {

    private final ReactiveSession session;
    private final Map<String, Mono<PreparedStatement>> prepared = new ConcurrentHashMap<>();

    Cassandra(ReactiveSession session) {
        this.session = session;
    }

    /** All rows of a query; those of the next page are fetched when they are asked for. */
    public Flux<Row> rows(String query, Object... values) {
        return bind(query, true, values).flatMap(session::execute).flatMapMany(ReactiveResultSet::rows);
    }

    /**
     * One page of a query.
     *
     * @param limit how many rows it has at most
     * @param page the {@code next} of the page before; null for the first
     * @throws InvalidPageException through the Mono, if {@code page} is not of this query with these values
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
     * Makes a change that has a condition, which Cassandra executes as a lightweight transaction. All changes of this
     * service are: mixed with plain ones they would be ordered by clocks of different machines.
     *
     * @return whether the condition held, and so the change was made
     */
    public Mono<Boolean> change(String statement, Object... values) {
        // Not idempotent for the driver: a repetition of what was applied unseen would answer that it was not applied.
        return bind(statement, false, values).flatMap(session::execute).map(ReactiveResultSet::wasApplied);
    }

    private Mono<BoundStatement> bind(String cql, boolean idempotent, Object... values) {
        return prepared.computeIfAbsent(cql, key -> prepare(key, idempotent)).map(statement -> statement.bind(values));
    }

    /** Remembers the statement but no failure to prepare it. */
    private Mono<PreparedStatement> prepare(String cql, boolean idempotent) {
        return session.prepare(SimpleStatement.newInstance(cql).setIdempotent(idempotent))
                .cacheInvalidateIf(statement -> false);
    }
}

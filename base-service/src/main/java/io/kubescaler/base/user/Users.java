package io.kubescaler.base.user;

import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import io.kubescaler.base.cassandra.Cassandra;
import io.kubescaler.service.web.Refusal;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The users in Cassandra. */
@Repository
public class Users {

    private static final int IDS_PER_QUERY = 100;
    private static final int QUERIES_AT_ONCE = 4;

    private final Cassandra cassandra;

    Users(Cassandra cassandra) {
        this.cassandra = cassandra;
    }

    /** Creates the user unless it exists; true if it is new. */
    Mono<Boolean> put(UUID id) {
        return cassandra.change("INSERT INTO users (id) VALUES (?) IF NOT EXISTS", id);
    }

    /** Deletes the user; false if it did not exist. */
    Mono<Boolean> delete(UUID id) {
        return cassandra.change("DELETE FROM users WHERE id = ? IF EXISTS", id);
    }

    Mono<Page<User>> list(int limit, @Nullable String page) {
        return cassandra.page(row -> new User(row.getUuid("id")), limit, page, "SELECT id FROM users");
    }

    public Mono<Boolean> exists(UUID id) {
        return cassandra.rows("SELECT id FROM users WHERE id = ?", id).hasElements();
    }

    /** Returns the user; fails with a 404 if it does not exist. */
    public Mono<User> require(UUID id) {
        return exists(id).flatMap(exists -> exists ? Mono.just(new User(id)) : Mono.error(Refusal.userUnknown(id)));
    }

    /** The ids without a user, in the order of the argument. */
    public Mono<Set<UUID>> unknown(Collection<UUID> ids) {
        return Flux.fromIterable(ids)
                .buffer(IDS_PER_QUERY)
                .flatMap(some -> cassandra.rows("SELECT id FROM users WHERE id IN ?", some), QUERIES_AT_ONCE)
                .map(row -> row.getUuid("id"))
                .collect(() -> new LinkedHashSet<>(ids), Set::remove);
    }
}

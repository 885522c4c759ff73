package io.kubescaler.base.profile;

import com.datastax.oss.driver.api.core.cql.Row;
import io.kubescaler.api.Page;
import io.kubescaler.api.Pair;
import io.kubescaler.api.Profile;
import io.kubescaler.base.cassandra.Cassandra;
import io.kubescaler.base.user.UserBindings;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;
import reactor.core.publisher.Mono;

/** The profiles in Cassandra. Binding and unbinding change single users of a profile's set. */
@Repository
class Profiles implements UserBindings {

    private static final int UNBINDINGS_AT_ONCE = 16;

    private final Cassandra cassandra;

    Profiles(Cassandra cassandra) {
        this.cassandra = cassandra;
    }

    /** Creates the profile or replaces its users; true if it is new. */
    Mono<Boolean> put(Profile profile) {
        return create(profile)
                .flatMap(created -> created
                        ? Mono.just(true)
                        // It was deleted in between, so create it after all.
                        : replace(profile).flatMap(replaced -> replaced ? Mono.just(false) : put(profile)));
    }

    private Mono<Boolean> create(Profile profile) {
        return cassandra.change(
                "INSERT INTO profiles (id, users) VALUES (?, ?) IF NOT EXISTS", profile.id(), profile.users());
    }

    private Mono<Boolean> replace(Profile profile) {
        return cassandra.change("UPDATE profiles SET users = ? WHERE id = ? IF EXISTS", profile.users(), profile.id());
    }

    /** Returns the profile; empty if it does not exist. */
    Mono<Profile> find(UUID id) {
        return cassandra
                .rows("SELECT id, users FROM profiles WHERE id = ?", id)
                .next()
                .map(Profiles::profile);
    }

    Mono<Page<Profile>> list(int limit, @Nullable String page) {
        return cassandra.page(Profiles::profile, limit, page, "SELECT id, users FROM profiles");
    }

    Mono<Page<Profile>> listOf(UUID userId, int limit, @Nullable String page) {
        return cassandra.page(
                Profiles::profile, limit, page, "SELECT id, users FROM profiles WHERE users CONTAINS ?", userId);
    }

    /** Deletes the profile; false if it did not exist. */
    Mono<Boolean> delete(UUID id) {
        return cassandra.change("DELETE FROM profiles WHERE id = ? IF EXISTS", id);
    }

    /** Adds users to the profile; false if it does not exist. */
    Mono<Boolean> bind(UUID id, Set<UUID> userIds) {
        return cassandra.repeatableChange("UPDATE profiles SET users = users + ? WHERE id = ? IF EXISTS", userIds, id);
    }

    /** Removes users from the profile; false if it does not exist. */
    Mono<Boolean> unbind(UUID id, Set<UUID> userIds) {
        return cassandra.repeatableChange("UPDATE profiles SET users = users - ? WHERE id = ? IF EXISTS", userIds, id);
    }

    /** Reads one element of the set: whether the pair is bound; empty if the profile does not exist. */
    Mono<Boolean> isBound(Pair pair) {
        return cassandra
                .rows("SELECT id, users[?] AS bound FROM profiles WHERE id = ?", pair.user(), pair.profile())
                .next()
                .map(row -> !row.isNull("bound"));
    }

    @Override
    public Mono<Void> unbindFromAll(UUID userId) {
        return cassandra
                .rows("SELECT id FROM profiles WHERE users CONTAINS ?", userId)
                .flatMap(row -> unbind(row.getUuid("id"), Set.of(userId)), UNBINDINGS_AT_ONCE)
                .then();
    }

    private static Profile profile(Row row) {
        return new Profile(row.getUuid("id"), row.getSet("users", UUID.class));
    }
}

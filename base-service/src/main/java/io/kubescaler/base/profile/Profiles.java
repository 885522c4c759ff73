package io.kubescaler.base.profile;

import com.datastax.oss.driver.api.core.cql.Row;
import io.kubescaler.api.Page;
import io.kubescaler.api.Pair;
import io.kubescaler.api.Profile;
import io.kubescaler.base.cassandra.Cassandra;
import io.kubescaler.base.user.UserBindings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Repository;
import reactor.core.publisher.Mono;

/** The profiles in Cassandra. Binding and unbinding change single users of a profile's set. */
@Repository
class Profiles implements UserBindings {

    private static final int UNBINDINGS_AT_ONCE = 16;

    private static final long MAX_PAGE_BYTES = 4 * 1024 * 1024;

    /** {@code "id",} */
    private static final int USER_BYTES = 39;

    /** <code>{"id":"id","users":[]},</code> */
    private static final int PROFILE_BYTES = 57;

    private final Cassandra cassandra;
    private final int mostUsers;

    Profiles(Cassandra cassandra, ProfileSettings settings) {
        this.cassandra = cassandra;
        this.mostUsers = settings.users();
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
        return bounded(
                (some, next) -> cassandra.page(Profiles::profile, some, next, "SELECT id, users FROM profiles"),
                limit,
                page,
                MAX_PAGE_BYTES);
    }

    Mono<Page<Profile>> listOf(UUID userId, int limit, @Nullable String page) {
        return bounded(
                (some, next) -> cassandra.page(
                        Profiles::profile, some, next, "SELECT id, users FROM profiles WHERE users CONTAINS ?", userId),
                limit,
                page,
                MAX_PAGE_BYTES);
    }

    /**
     * A page of at most so many bytes, made of smaller ones: only at their ends, Cassandra returns where the next one starts.
     * It has one profile at least.
     */
    private Mono<Page<Profile>> bounded(
            BiFunction<Integer, @Nullable String, Mono<Page<Profile>>> list,
            int limit,
            @Nullable String page,
            long bytes) {
        int some = (int) Math.max(1, Math.min(limit, bytes / bytes(mostUsers)));
        return list.apply(some, page).flatMap(start -> {
            int profilesLeft = limit - start.items().size();
            long bytesLeft = bytes
                    - start.items().stream()
                            .mapToLong(profile -> bytes(profile.users().size()))
                            .sum();
            if (start.next() == null || profilesLeft == 0 || bytesLeft < bytes(mostUsers)) {
                return Mono.just(start);
            }
            return bounded(list, profilesLeft, start.next(), bytesLeft).map(rest -> {
                List<Profile> both = new ArrayList<>(start.items());
                both.addAll(rest.items());
                return new Page<>(both, rest.next());
            });
        });
    }

    /** Of a profile with so many users, in JSON. */
    private static long bytes(int users) {
        return PROFILE_BYTES + (long) USER_BYTES * users;
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

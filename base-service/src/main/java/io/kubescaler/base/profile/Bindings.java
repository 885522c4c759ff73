package io.kubescaler.base.profile;

import io.kubescaler.api.Pair;
import io.kubescaler.api.Profile;
import io.kubescaler.base.user.Users;
import io.kubescaler.service.web.Refusal;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Binds users to profiles. No transaction spans the two. So binding a user ends with checking that the user still
 * exists, and deleting a user ends with unbinding it. The one that ends later sees the change of the other.
 */
@Service
class Bindings {

    /** Reads of one call, so that it leaves room for others. */
    private static final int READS_AT_ONCE = 16;

    private final Profiles profiles;
    private final Users users;
    private final int most;

    Bindings(Profiles profiles, Users users, ProfileSettings settings) {
        this.profiles = profiles;
        this.users = users;
        this.most = settings.users();
    }

    /**
     * Creates or replaces a profile; true if it is new. Fails with a 422 if one of its users does not exist, or if they are
     * too many.
     */
    Mono<Boolean> save(Profile profile) {
        if (profile.users().size() > most) {
            return Mono.error(tooMany(profile.users().size()));
        }
        return users.unknown(profile.users())
                .flatMap(unknown ->
                        unknown.isEmpty() ? profiles.put(profile) : Mono.error(Refusal.usersUnknown(unknown)))
                .delayUntil(created -> users.unknown(profile.users())
                        .filter(deleted -> !deleted.isEmpty())
                        .flatMap(deleted -> profiles.unbind(profile.id(), deleted)));
    }

    /**
     * Binds the user to the profile; fails with a 404 if one of them does not exist, with a 422 if the profile has as many
     * users as it may have. Calls at the same time may bind some more.
     */
    Mono<Void> bind(Pair pair) {
        return users.require(pair.user())
                .then(profiles.find(pair.profile()))
                .filter(profile -> !profile.users().contains(pair.user())
                        && profile.users().size() >= most)
                .flatMap(full -> Mono.error(tooMany(full.users().size() + 1)))
                .then(profiles.bind(pair.profile(), Set.of(pair.user())))
                .flatMap(
                        found -> found ? users.exists(pair.user()) : Mono.error(Refusal.profileUnknown(pair.profile())))
                .flatMap(exists -> exists
                        ? Mono.empty()
                        : profiles.unbind(pair.profile(), Set.of(pair.user()))
                                .then(Mono.error(Refusal.userUnknown(pair.user()))));
    }

    private Refusal tooMany(int wanted) {
        return Refusal.tooMany("users: at most " + most + " users are bound to a profile; these are " + wanted + ".");
    }

    /** Unbinds the user from the profile; fails with a 404 if it is not bound. */
    Mono<Void> unbind(Pair pair) {
        return require(pair)
                .then(profiles.unbind(pair.profile(), Set.of(pair.user())))
                .flatMap(found -> found ? Mono.empty() : Mono.error(Refusal.profileUnknown(pair.profile())));
    }

    /** Completes if the pair is bound; else fails with a 404 that names the missing part. */
    Mono<Void> require(Pair pair) {
        return profiles.isBound(pair)
                .switchIfEmpty(Mono.error(() -> Refusal.profileUnknown(pair.profile())))
                .flatMap(bound -> bound
                        ? Mono.empty()
                        : users.require(pair.user())
                                .then(Mono.error(() -> Refusal.notBound(HttpStatus.NOT_FOUND, pair))));
    }

    /** Returns those of the pairs that are not bound; also those whose user or profile does not exist. */
    Mono<List<Pair>> unbound(List<Pair> pairs) {
        return Flux.fromIterable(pairs)
                .filterWhen(pair -> profiles.isBound(pair).defaultIfEmpty(false).map(bound -> !bound), READS_AT_ONCE)
                .collectList();
    }
}

package io.kubescaler.base.profile;

import io.kubescaler.api.Pair;
import io.kubescaler.api.Profile;
import io.kubescaler.base.user.Users;
import io.kubescaler.service.web.Refusal;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import reactor.core.publisher.Mono;

/**
 * Keeps profiles and users together. No transaction spans the two, so whoever binds a user looks again after the change
 * whether the user is still there. Either that look or the deletion of the user, which unbinds it last, comes second
 * and sees what the other did.
 */
@Service
class Bindings {

    private final Profiles profiles;
    private final Users users;

    Bindings(Profiles profiles, Users users) {
        this.profiles = profiles;
        this.users = users;
    }

    /** Creates or replaces a profile; true when it was not there, a 422 when one of its users is not there. */
    Mono<Boolean> save(Profile profile) {
        return users.unknown(profile.users())
                .flatMap(unknown ->
                        unknown.isEmpty() ? profiles.put(profile) : Mono.error(Refusal.usersUnknown(unknown)))
                .delayUntil(created -> users.unknown(profile.users())
                        .filter(deleted -> !deleted.isEmpty())
                        .flatMap(deleted -> profiles.unbind(profile.id(), deleted)));
    }

    /** Binds the user to the profile; a 404 when one of them is not there. */
    Mono<Void> bind(Pair pair) {
        return users.require(pair.user())
                .then(profiles.bind(pair.profile(), Set.of(pair.user())))
                .flatMap(
                        found -> found ? users.exists(pair.user()) : Mono.error(Refusal.profileUnknown(pair.profile())))
                .flatMap(exists -> exists
                        ? Mono.empty()
                        : profiles.unbind(pair.profile(), Set.of(pair.user()))
                                .then(Mono.error(Refusal.userUnknown(pair.user()))));
    }

    /** Unbinds the user from the profile; a 404 when it is not bound. */
    Mono<Void> unbind(Pair pair) {
        return require(pair)
                .then(profiles.unbind(pair.profile(), Set.of(pair.user())))
                .flatMap(found -> found ? Mono.empty() : Mono.error(Refusal.profileUnknown(pair.profile())));
    }

    /** Completes when the pair is bound; else a 404 that names the missing part. */
    Mono<Void> require(Pair pair) {
        return profiles.isBound(pair)
                .switchIfEmpty(Mono.error(() -> Refusal.profileUnknown(pair.profile())))
                .flatMap(bound -> bound
                        ? Mono.empty()
                        : users.require(pair.user())
                                .then(Mono.error(() -> Refusal.notBound(HttpStatus.NOT_FOUND, pair))));
    }
}

package io.kubescaler.base.profile;

import io.kubescaler.api.Profile;
import io.kubescaler.base.user.Users;
import io.kubescaler.base.web.Refusal;
import java.util.Set;
import java.util.UUID;
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
    Mono<Void> bind(UUID profileId, UUID userId) {
        return users.require(userId)
                .then(profiles.bind(profileId, Set.of(userId)))
                .flatMap(found -> found ? users.exists(userId) : Mono.error(Refusal.profileUnknown(profileId)))
                .flatMap(exists -> exists
                        ? Mono.empty()
                        : profiles.unbind(profileId, Set.of(userId)).then(Mono.error(Refusal.userUnknown(userId))));
    }

    /** Unbinds the user from the profile; a 404 when it is not bound. */
    Mono<Void> unbind(UUID profileId, UUID userId) {
        return require(profileId, userId)
                .then(profiles.unbind(profileId, Set.of(userId)))
                .flatMap(found -> found ? Mono.empty() : Mono.error(Refusal.profileUnknown(profileId)));
    }

    /** Completes when the user is bound to the profile; else a 404 that says what is missing. */
    Mono<Void> require(UUID profileId, UUID userId) {
        return profiles.isBound(profileId, userId)
                .switchIfEmpty(Mono.error(() -> Refusal.profileUnknown(profileId)))
                .flatMap(bound -> bound
                        ? Mono.empty()
                        : users.require(userId).then(Mono.error(() -> Refusal.notBound(profileId, userId))));
    }
}

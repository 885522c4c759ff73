package io.kubescaler.stream.session;

import io.kubescaler.api.Problems;
import java.net.URI;
import java.util.UUID;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClientException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Mono;

/** Whether a user may stream a profile at all, as base-service knows it. */
@Component
class Binding {

    private static final UUID NOBODY = new UUID(0, 0);

    private final BaseClient base;

    Binding(BaseClient base) {
        this.base = base;
    }

    /** Completes if the two are bound, else fails with the {@link Refusal} that the client gets. */
    Mono<Void> require(UUID userId, UUID profileId) {
        // Deferred, so that the request is forgotten when it is answered, however long the caller goes on.
        return Mono.defer(() -> base.bound(profileId, userId))
                .then()
                .onErrorMap(WebClientResponseException.NotFound.class, e -> refusal(e, userId, profileId))
                .onErrorMap(WebClientException.class, Refusal::baseUnavailable);
    }

    /** Completes if base-service answers. */
    Mono<Void> ping() {
        return base.bound(NOBODY, NOBODY).then().onErrorComplete(e -> e instanceof WebClientResponseException.NotFound);
    }

    private static RuntimeException refusal(WebClientResponseException answer, UUID userId, UUID profileId) {
        ProblemDetail problem = answer.getResponseBodyAs(ProblemDetail.class);
        URI type = problem == null ? null : problem.getType();
        if (Problems.NOT_BOUND.equals(type)) {
            return Refusal.notBound(userId, profileId);
        }
        if (Problems.USER_UNKNOWN.equals(type)) {
            return Refusal.unknown(Problems.USER_UNKNOWN, "user", userId);
        }
        if (Problems.PROFILE_UNKNOWN.equals(type)) {
            return Refusal.unknown(Problems.PROFILE_UNKNOWN, "profile", profileId);
        }
        // Some other server answers at base's address.
        return Refusal.baseUnavailable(answer);
    }
}

package io.kubescaler.stream.base;

import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import java.net.URI;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClientException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Mono;

/** Whether a user may stream a profile at all, as base-service knows it. */
@Component
public class Binding {

    private static final UUID NOBODY = new UUID(0, 0);

    private final BaseClient base;

    Binding(BaseClient base) {
        this.base = base;
    }

    /** Completes if the pair is bound, else fails with the {@link Refusal} for the client. */
    public Mono<Void> require(Pair pair) {
        // Deferred, so that the request is forgotten when it is answered, however long the caller goes on.
        return Mono.defer(() -> base.bound(pair.user(), pair.profile()))
                .then()
                .onErrorMap(WebClientResponseException.NotFound.class, e -> refusal(e, pair))
                .onErrorMap(WebClientException.class, Binding::unavailable);
    }

    /** Completes if base-service answers. */
    Mono<Void> ping() {
        return base.bound(NOBODY, NOBODY).then().onErrorComplete(e -> e instanceof WebClientResponseException.NotFound);
    }

    private static Refusal refusal(WebClientResponseException answer, Pair pair) {
        ProblemDetail problem = answer.getResponseBodyAs(ProblemDetail.class);
        URI type = problem == null ? null : problem.getType();
        if (ProblemType.NOT_BOUND.uri().equals(type)) {
            return Refusal.notBound(HttpStatus.FORBIDDEN, pair);
        }
        if (ProblemType.USER_UNKNOWN.uri().equals(type)) {
            return Refusal.userUnknown(pair.user());
        }
        if (ProblemType.PROFILE_UNKNOWN.uri().equals(type)) {
            return Refusal.profileUnknown(pair.profile());
        }
        // Some other server answers at base's address.
        return unavailable(answer);
    }

    private static Refusal unavailable(Throwable cause) {
        return Refusal.unavailable(
                ProblemType.BASE_UNAVAILABLE, "Whether user and profile are bound is unknown now.", cause);
    }
}

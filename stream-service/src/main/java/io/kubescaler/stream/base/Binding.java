package io.kubescaler.stream.base;

import io.kubescaler.api.Pair;
import io.kubescaler.api.Pairs;
import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClientException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Mono;

/** Checks with base-service whether users are bound to profiles. */
@Component
public class Binding {

    private static final UUID NOBODY = new UUID(0, 0);

    private final BaseClient base;

    Binding(BaseClient base) {
        this.base = base;
    }

    /** Completes if the pair is bound. Otherwise it fails with the {@link Refusal} for the client. */
    public Mono<Void> require(Pair pair) {
        // Deferred, so that the request can be collected once it is answered: the caller lives as long as its stream.
        return Mono.defer(() -> base.bound(pair.user(), pair.profile()))
                .then()
                .onErrorMap(WebClientResponseException.NotFound.class, e -> refusal(e, pair))
                .onErrorMap(WebClientException.class, Binding::unavailable);
    }

    /** Returns those of at most {@link Pairs#MAX} pairs that are not bound. Fails if base-service does. */
    public Mono<Set<Pair>> unbound(List<Pair> pairs) {
        return base.unbound(new Pairs(pairs)).map(answer -> Set.copyOf(answer.unbound()));
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
        // Another server answers at the address of base-service.
        return unavailable(answer);
    }

    private static Refusal unavailable(Throwable cause) {
        return Refusal.unavailable(
                ProblemType.BASE_UNAVAILABLE,
                "The instance cannot check now whether user and profile are bound.",
                cause);
    }
}

package io.kubescaler.stream.access;

import io.kubescaler.access.Rejections;
import io.kubescaler.api.Metrics;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.webflux.Problems;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.server.ServerAuthenticationEntryPoint;
import org.springframework.security.web.server.authorization.ServerAccessDeniedHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Answers calls that are not let in with a problem, as the handlers of the service do, and counts them. */
final class Rejecter implements ServerAuthenticationEntryPoint, ServerAccessDeniedHandler {

    private final Problems problems;
    private final Counter unidentified;
    private final Counter notAllowed;
    private final Counter keysUnavailable;

    Rejecter(Problems problems, MeterRegistry metrics) {
        this.problems = problems;
        unidentified = refused(metrics, "unidentified");
        notAllowed = refused(metrics, "not-allowed");
        keysUnavailable = refused(metrics, "keys-unavailable");
    }

    private static Counter refused(MeterRegistry metrics, String reason) {
        return Counter.builder(Metrics.REFUSED)
                .description("Streams that this instance rejected")
                .tag(Metrics.REASON, reason)
                .register(metrics);
    }

    @Override
    public Mono<Void> commence(ServerWebExchange exchange, AuthenticationException failure) {
        return Mono.defer(() -> {
            Refusal refusal = Rejections.of(failure);
            (refusal.getStatusCode().is5xxServerError() ? keysUnavailable : unidentified).increment();
            return answer(exchange, refusal);
        });
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, AccessDeniedException denial) {
        return Mono.defer(() -> {
            notAllowed.increment();
            return answer(exchange, Rejections.of(denial));
        });
    }

    private Mono<Void> answer(ServerWebExchange exchange, Refusal refusal) {
        refusal.getBody().setInstance(instance(exchange));
        return problems.write(exchange.getResponse(), refusal);
    }

    /** A path that begins with two slashes would be the name of a host. */
    private static URI instance(ServerWebExchange exchange) {
        return URI.create(exchange.getRequest().getPath().value().replaceFirst("^/+", "/"));
    }
}

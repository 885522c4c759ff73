package io.kubescaler.webflux;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.ErrorResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Writes problems in filters, as Spring does for handlers. */
public final class Problems {

    private final JsonMapper json;
    private final ObjectProvider<ErrorResponse.Interceptor> interceptors;

    public Problems(JsonMapper json, ObjectProvider<ErrorResponse.Interceptor> interceptors) {
        this.json = json.rebuild()
                .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
                .build();
        this.interceptors = interceptors;
    }

    public Mono<Void> write(ServerHttpResponse response, ErrorResponse refusal) {
        return Mono.defer(() -> {
            ProblemDetail problem = refusal.getBody();
            interceptors.forEach(one -> one.handleError(problem, refusal));
            response.setStatusCode(refusal.getStatusCode());
            response.getHeaders().putAll(refusal.getHeaders());
            response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
            return response.writeWith(Mono.just(response.bufferFactory().wrap(json.writeValueAsBytes(problem))));
        });
    }
}

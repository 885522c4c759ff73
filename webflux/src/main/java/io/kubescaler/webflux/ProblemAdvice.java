package io.kubescaler.webflux;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.result.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Renders every failure as problem+json, whatever the client accepts. */
public abstract class ProblemAdvice extends ResponseEntityExceptionHandler {

    @Override
    protected Mono<ResponseEntity<Object>> handleResponseStatusException(
            ResponseStatusException e, HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        if (status == HttpStatus.NOT_FOUND) {
            e.getBody().setDetail("There is nothing at " + exchange.getRequest().getPath() + ".");
        }
        return handleExceptionInternal(e, e.getBody(), headers, status, exchange);
    }

    /** With the type set, Spring does not look for one in {@code Accept}, which may be unreadable. */
    @Override
    protected Mono<ResponseEntity<Object>> createResponseEntity(
            @Nullable Object body, @Nullable HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        if (body instanceof ProblemDetail problem) {
            problem.setInstance(instance(exchange));
        }
        return Mono.just(ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(body));
    }

    /** Spring cannot make a URI of this path, and would fail to render the problem. */
    private static URI instance(ServerWebExchange exchange) {
        String path = exchange.getRequest().getPath().value();
        return URI.create(path.equals("//") ? "/" : path);
    }
}

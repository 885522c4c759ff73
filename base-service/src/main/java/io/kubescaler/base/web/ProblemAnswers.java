package io.kubescaler.base.web;

import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import io.kubescaler.api.ProblemType;
import io.kubescaler.base.cassandra.InvalidPageException;
import io.kubescaler.service.web.InputProblem;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.webflux.ProblemAdvice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.MethodParameter;
import org.springframework.core.codec.DecodingException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebInputException;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;
import reactor.core.publisher.Mono;

/** Renders every failure as problem+json, with a detail that names the part to change. */
@RestControllerAdvice
class ProblemAnswers extends ProblemAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAnswers.class);

    @ExceptionHandler
    Mono<ResponseEntity<Object>> page(InvalidPageException e, ServerWebExchange exchange) {
        return answer(
                Refusal.malformed("page", "must be the next of a page of this list; leave it out to start again"),
                exchange);
    }

    @ExceptionHandler
    Mono<ResponseEntity<Object>> cassandra(DriverException e, ServerWebExchange exchange) {
        if (e instanceof QueryValidationException) {
            return Mono.just(unexpected(e));
        }
        LOG.warn("Cassandra failed: {}", e.toString());
        return answer(
                Refusal.unavailable(
                        ProblemType.DATABASE_UNAVAILABLE,
                        "The database does not answer. A change may or may not have been made; try again."),
                exchange);
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(Exception e) {
        LOG.error("Unexpected failure", e);
        return ResponseEntity.internalServerError()
                .body(ProblemDetail.forStatusAndDetail(
                        HttpStatus.INTERNAL_SERVER_ERROR, "The service failed; its log has the reason."));
    }

    @Override
    protected Mono<ResponseEntity<Object>> handleResponseStatusException(
            ResponseStatusException e, HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        return switch (status.value()) {
            case 413 -> answer(Refusal.tooLarge("body: too large"), exchange);
            case 415 -> {
                e.getBody().setDetail("body: not application/json");
                yield super.handleResponseStatusException(e, headers, status, exchange);
            }
            default -> super.handleResponseStatusException(e, headers, status, exchange);
        };
    }

    @Override
    protected Mono<ResponseEntity<Object>> handleUnsupportedMediaTypeStatusException(
            UnsupportedMediaTypeStatusException e,
            HttpHeaders headers,
            HttpStatusCode status,
            ServerWebExchange exchange) {
        return handleResponseStatusException(e, headers, status, exchange);
    }

    @Override
    protected Mono<ResponseEntity<Object>> handleHandlerMethodValidationException(
            HandlerMethodValidationException e,
            HttpHeaders headers,
            HttpStatusCode status,
            ServerWebExchange exchange) {
        return answer(Refusal.malformed(InputProblem.of(e)), exchange);
    }

    @Override
    protected Mono<ResponseEntity<Object>> handleWebExchangeBindException(
            WebExchangeBindException e, HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        return answer(Refusal.malformed(InputProblem.of(e)), exchange);
    }

    @Override
    protected Mono<ResponseEntity<Object>> handleServerWebInputException(
            ServerWebInputException e, HttpHeaders headers, HttpStatusCode status, ServerWebExchange exchange) {
        return answer(Refusal.malformed(detail(e)), exchange);
    }

    private static String detail(ServerWebInputException e) {
        if (e.getCause() instanceof TypeMismatchException mismatch) {
            MethodParameter parameter = e.getMethodParameter();
            return InputProblem.ofType(
                    parameter == null ? "request" : parameter.getParameterName(), mismatch.getRequiredType());
        }
        return InputProblem.ofBody(
                e.getCause() instanceof DecodingException ? e.getCause().getCause() : null);
    }

    private Mono<ResponseEntity<Object>> answer(ErrorResponseException refusal, ServerWebExchange exchange) {
        return handleExceptionInternal(
                refusal, refusal.getBody(), refusal.getHeaders(), refusal.getStatusCode(), exchange);
    }
}

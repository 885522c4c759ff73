package io.kubescaler.main.web;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.InputProblem;
import io.kubescaler.service.web.Refusal;
import java.net.URI;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Renders every failure as problem+json, with a detail that names the part to change. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException mismatch, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return malformed(InputProblem.ofType(mismatch.getPropertyName(), mismatch.getRequiredType()), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHandlerMethodValidationException(
            HandlerMethodValidationException invalid, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return malformed(InputProblem.of(invalid), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException invalid, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return malformed(InputProblem.of(invalid), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException unreadable,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        return malformed(InputProblem.ofBody(unreadable.getCause()), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleAsyncRequestTimeoutException(
            AsyncRequestTimeoutException late, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return answer(
                Refusal.unavailable(
                        ProblemType.BASE_UNAVAILABLE, "Reading the lists of the base service takes too long."),
                request);
    }

    /** Tomcat decodes the query only when a parameter is read. */
    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> handleMalformedQuery(InvalidParameterException malformed, WebRequest request) {
        return malformed("query: must be encoded as in a URL", request);
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> handleUnexpected(Exception failure, WebRequest request) {
        log.error("Unexpected failure", failure);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.INTERNAL_SERVER_ERROR, "The service failed; its log has the reason.");
        return handleExceptionInternal(failure, problem, new HttpHeaders(), HttpStatus.INTERNAL_SERVER_ERROR, request);
    }

    /** With the type set, Spring does not look for one in {@code Accept}, which may be unreadable. */
    @Override
    protected ResponseEntity<Object> createResponseEntity(
            @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        // Spring cannot make a URI of this path, and would fail to render the problem.
        if (body instanceof ProblemDetail problem
                && ((ServletWebRequest) request).getRequest().getRequestURI().equals("//")) {
            problem.setInstance(URI.create("/"));
        }
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(body);
    }

    private @Nullable ResponseEntity<Object> malformed(String detail, WebRequest request) {
        return answer(Refusal.malformed(detail), request);
    }

    private @Nullable ResponseEntity<Object> answer(Refusal refusal, WebRequest request) {
        return handleExceptionInternal(
                refusal, refusal.getBody(), refusal.getHeaders(), refusal.getStatusCode(), request);
    }
}

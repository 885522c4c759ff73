package io.kubescaler.main.web;

import java.util.UUID;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.validation.FieldError;
import org.springframework.validation.method.ParameterValidationResult;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Tells every failure as a problem; where a part of the request was wrong, the problem names it. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException mismatch, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        String rule = mismatch.getRequiredType() == UUID.class ? "must be a UUID" : "must be a whole number";
        return badField(mismatch, String.valueOf(mismatch.getPropertyName()), rule, headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHandlerMethodValidationException(
            HandlerMethodValidationException invalid, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        ParameterValidationResult first =
                invalid.getParameterValidationResults().get(0);
        String field = String.valueOf(first.getMethodParameter().getParameterName());
        String rule = String.valueOf(first.getResolvableErrors().get(0).getDefaultMessage());
        return badField(invalid, field, rule, headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException invalid, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        FieldError first = invalid.getFieldErrors().get(0);
        return badField(invalid, first.getField(), String.valueOf(first.getDefaultMessage()), headers, request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException unreadable,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        if (unreadable.getCause() instanceof JacksonException json
                && !json.getPath().isEmpty()) {
            String field = json.getPath().get(0).getPropertyName();
            String rule = json instanceof UnrecognizedPropertyException ? "unknown field" : "must be a whole number";
            return badField(unreadable, field, rule, headers, request);
        }
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, "The body must be a JSON object.");
        return handleExceptionInternal(unreadable, problem, headers, status, request);
    }

    /** Tomcat decodes the query only when it is asked for a parameter. */
    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> handleMalformedQuery(InvalidParameterException malformed, WebRequest request) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, "The query of the URL is malformed.");
        return handleExceptionInternal(malformed, problem, new HttpHeaders(), HttpStatus.BAD_REQUEST, request);
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> handleUnexpected(Exception failure, WebRequest request) {
        log.error("A call failed in a way that nobody thought of", failure);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.INTERNAL_SERVER_ERROR, "The service failed to answer this request.");
        return handleExceptionInternal(failure, problem, new HttpHeaders(), HttpStatus.INTERNAL_SERVER_ERROR, request);
    }

    private @Nullable ResponseEntity<Object> badField(
            Exception cause, String field, String rule, HttpHeaders headers, WebRequest request) {
        return handleExceptionInternal(
                cause, BadFieldException.problem(field, rule), headers, HttpStatus.BAD_REQUEST, request);
    }
}

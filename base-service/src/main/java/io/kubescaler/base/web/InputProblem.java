package io.kubescaler.base.web;

import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.MethodParameter;
import org.springframework.core.codec.DecodingException;
import org.springframework.validation.method.ParameterValidationResult;
import org.springframework.web.bind.support.WebExchangeBindException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.server.ServerWebInputException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** What is wrong with an input, as {@code field: reason}. */
final class InputProblem {

    static String of(HandlerMethodValidationException e) {
        return e.getParameterValidationResults().stream().map(InputProblem::of).collect(Collectors.joining("; "));
    }

    private static String of(ParameterValidationResult result) {
        return result.getResolvableErrors().stream()
                .map(error -> name(result.getMethodParameter()) + ": " + error.getDefaultMessage())
                .collect(Collectors.joining("; "));
    }

    static String of(WebExchangeBindException e) {
        return e.getFieldErrors().stream()
                .map(error -> error.getField() + ": " + error.getDefaultMessage())
                .collect(Collectors.joining("; "));
    }

    static String of(ServerWebInputException e) {
        if (e.getCause() instanceof TypeMismatchException mismatch) {
            return name(e.getMethodParameter()) + ": " + expectation(mismatch.getRequiredType());
        }
        if (e.getCause() instanceof DecodingException && e.getCause().getCause() instanceof JacksonException json) {
            return of(json);
        }
        return "body: missing";
    }

    private static String of(JacksonException e) {
        if (e instanceof UnrecognizedPropertyException) {
            return path(e) + ": unknown field";
        }
        if (e instanceof MismatchedInputException mismatch && !e.getPath().isEmpty()) {
            return path(e) + ": " + expectation(mismatch.getTargetType());
        }
        return e instanceof DatabindException ? "body: not a JSON object" : "body: not valid JSON";
    }

    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }

    private static String expectation(@Nullable Class<?> type) {
        if (type == UUID.class) {
            return "not a UUID";
        }
        return type == int.class ? "not a whole number" : "not of the right type";
    }

    private static String name(@Nullable MethodParameter parameter) {
        return parameter == null ? "request" : String.valueOf(parameter.getParameterName());
    }

    private InputProblem() {}
}

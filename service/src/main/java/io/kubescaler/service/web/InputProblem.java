package io.kubescaler.service.web;

import io.kubescaler.api.Ids;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.validation.Errors;
import org.springframework.validation.method.ParameterValidationResult;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** The detail of a malformed request: {@code field: rule}. */
public final class InputProblem {

    /** Parameters that break a rule. */
    public static String of(HandlerMethodValidationException e) {
        return e.getParameterValidationResults().stream().map(InputProblem::of).collect(Collectors.joining("; "));
    }

    private static String of(ParameterValidationResult result) {
        return result.getResolvableErrors().stream()
                .map(error -> name(result.getMethodParameter()) + ": " + error.getDefaultMessage())
                .collect(Collectors.joining("; "));
    }

    /** Fields of a body that break a rule. */
    public static String of(Errors errors) {
        return errors.getFieldErrors().stream()
                .map(error -> error.getField() + ": " + error.getDefaultMessage())
                .collect(Collectors.joining("; "));
    }

    /** A value that does not have the type of its parameter. */
    public static String ofType(@Nullable String field, @Nullable Class<?> type) {
        return field + ": " + rule(type);
    }

    /** An unreadable body. @param cause an exception of Jackson; anything else means that there is no body */
    public static String ofBody(@Nullable Throwable cause) {
        if (!(cause instanceof JacksonException e)) {
            return "body: missing";
        }
        if (e instanceof UnrecognizedPropertyException) {
            return path(e) + ": unknown field";
        }
        if (e instanceof MismatchedInputException mismatch && !e.getPath().isEmpty()) {
            return path(e) + ": " + rule(mismatch.getTargetType());
        }
        if (e instanceof InputCoercionException coercion && !e.getPath().isEmpty()) {
            return path(e) + ": " + rule(coercion.getTargetType());
        }
        return e instanceof DatabindException ? "body: must be a JSON object" : "body: must be valid JSON";
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

    private static String rule(@Nullable Class<?> type) {
        if (type == UUID.class) {
            return Ids.RULE;
        }
        boolean number = type == int.class || type == Integer.class;
        return number ? "must be a whole number" : "has the wrong type";
    }

    private static String name(MethodParameter parameter) {
        return String.valueOf(parameter.getParameterName());
    }

    private InputProblem() {}
}

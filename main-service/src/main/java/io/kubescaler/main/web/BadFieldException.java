package io.kubescaler.main.web;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** The caller sent a path variable, a parameter or a field that cannot be right: 400, and which one. */
public class BadFieldException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    /** @param rule what it must be */
    public BadFieldException(String field, String rule) {
        super(HttpStatus.BAD_REQUEST, problem(field, rule), null);
    }

    static ProblemDetail problem(String field, String rule) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, field + ": " + rule);
    }
}

package io.kubescaler.main.web;

import io.kubescaler.service.web.ForeignPages;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Answers calls that a filter rejects with the service's own advice, so that these problems are like all others. */
@Component
public final class Rejecter {

    private final HandlerExceptionResolver answers;

    Rejecter(HandlerExceptionResolver handlerExceptionResolver) {
        answers = handlerExceptionResolver;
    }

    public void reject(HttpServletRequest call, HttpServletResponse answer, ErrorResponseException refusal)
            throws IOException {
        ForeignPages.HEADERS.forEach(answer::setHeader);
        if (answers.resolveException(call, answer, null, refusal) == null) {
            // Without this, the answer would be 200.
            answer.sendError(refusal.getStatusCode().value());
        }
    }
}

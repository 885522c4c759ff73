package io.kubescaler.main.web;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** Something that main needs does not answer now: 503, and when to try again. */
public class UnavailableException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    private static final String RETRY_AFTER_SECONDS = "2";

    /**
     * Has no cause: Spring would let the cause's own handler answer, with less than is known here.
     *
     * @param detail what is out of reach and what that means, in a sentence
     */
    public UnavailableException(String detail) {
        super(
                HttpStatus.SERVICE_UNAVAILABLE,
                ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, detail),
                null);
    }

    @Override
    public HttpHeaders getHeaders() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        return headers;
    }
}

package io.kubescaler.client;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The answer to a request was no stream. If it was a problem of RFC 9457, this has its fields. */
public final class RefusedException extends StreamException {

    private static final long serialVersionUID = 1;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    private final int status;
    private final transient HttpHeaders headers;
    private final String body;
    private final transient Json problem;

    private RefusedException(String message, int status, HttpHeaders headers, String body, Json problem) {
        super(message);
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.problem = problem;
    }

    static RefusedException of(URI uri, int status, HttpHeaders headers, byte[] bytes) {
        String body = new String(bytes, StandardCharsets.UTF_8);
        Json problem = Json.EMPTY;
        if (headers.firstValue("Content-Type").orElse("").startsWith("application/problem+json")) {
            try {
                problem = Json.read(body);
            } catch (IllegalArgumentException notJson) {
                // The status is enough.
            }
        }
        String title = Objects.requireNonNullElse(problem.find("title"), "not an event stream");
        String detail = problem.find("detail");
        String words = uri + " answered " + status + ", " + title + (detail == null ? "." : ": " + detail);
        return new RefusedException(words, status, headers, body, problem);
    }

    /** The status of the answer; 200 if the body was no event stream. */
    public int status() {
        return status;
    }

    /** The type of the problem, for example {@code urn:kubescaler:problem:launched-elsewhere}. */
    public @Nullable String type() {
        return problem.find("type");
    }

    public @Nullable String title() {
        return problem.find("title");
    }

    public @Nullable String detail() {
        return problem.find("detail");
    }

    /** When to come back, from {@code Retry-After} or the problem's {@code retryAfter}, both in seconds. */
    public @Nullable Duration retryAfter() {
        String seconds = headers.firstValue("Retry-After").orElse(problem.find("retryAfter"));
        return seconds != null && SECONDS.matcher(seconds).matches()
                ? Duration.ofSeconds(Long.parseLong(seconds))
                : null;
    }

    public HttpHeaders headers() {
        return headers;
    }

    /** At most the first 64 KiB. */
    public String body() {
        return body;
    }

    /** Whether the same request may succeed later. */
    boolean isTemporary() {
        return status == 409 || status == 429 || status >= 500;
    }
}

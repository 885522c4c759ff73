package io.kubescaler.client;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The answer to a request was no stream. If it was a problem of RFC 9457, this has its fields. */
public final class RefusedException extends StreamException {

    private static final long serialVersionUID = 1;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,18}");

    private final int status;
    private final HashMap<String, List<String>> headers;
    private final String body;
    private final @Nullable String type;
    private final @Nullable String title;
    private final @Nullable String detail;
    private final @Nullable Duration retryAfter;

    private RefusedException(String message, int status, HttpHeaders headers, String body, Json problem) {
        super(message);
        this.status = status;
        this.headers = new HashMap<>(headers.map());
        this.body = body;
        type = problem.find("type");
        title = problem.find("title");
        detail = problem.find("detail");
        Duration header = seconds(headers.firstValue("Retry-After").orElse(null));
        retryAfter = header != null ? header : seconds(problem.find("retryAfter"));
    }

    static RefusedException of(URI uri, int status, HttpHeaders headers, byte[] bytes) {
        String body = new String(bytes, StandardCharsets.UTF_8);
        Json problem = Json.EMPTY;
        if (Connection.isOfType("application/problem+json", headers)) {
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
        return type;
    }

    public @Nullable String title() {
        return title;
    }

    public @Nullable String detail() {
        return detail;
    }

    /**
     * When to come back: the seconds of {@code Retry-After}, or else of the problem's {@code retryAfter}. A date in
     * {@code Retry-After} is ignored.
     */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    private static @Nullable Duration seconds(@Nullable String seconds) {
        return seconds != null && SECONDS.matcher(seconds).matches()
                ? Duration.ofSeconds(Long.parseLong(seconds))
                : null;
    }

    public HttpHeaders headers() {
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    /** At most the first 64 KiB. */
    public String body() {
        return body;
    }

    /** Whether the same request may succeed later. */
    boolean isTemporary() {
        return status == 409 || status == 429 || (status >= 500 && status <= 599);
    }
}

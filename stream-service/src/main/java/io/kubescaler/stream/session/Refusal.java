package io.kubescaler.stream.session;

import io.kubescaler.api.Problems;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** Why a client gets no stream, in words for that client; rendered as problem+json. */
final class Refusal extends ErrorResponseException {

    private static final long serialVersionUID = 1;

    /** Seconds, from and below, after which one who could not be served may ask again: never all in the same moment. */
    private static final long SOONEST_RETRY = 2;

    private static final long LATEST_RETRY = 8;

    private Refusal(HttpStatus status, String title, String detail, @Nullable Throwable cause) {
        super(status, ProblemDetail.forStatusAndDetail(status, detail), cause);
        setTitle(title);
    }

    static Refusal malformed(String field, String detail) {
        return new Refusal(HttpStatus.BAD_REQUEST, "Malformed " + field, detail, null);
    }

    static Refusal unknown(URI type, String what, UUID id) {
        Refusal refusal =
                new Refusal(HttpStatus.NOT_FOUND, "Unknown " + what, "There is no " + what + " " + id + ".", null);
        refusal.setType(type);
        return refusal;
    }

    static Refusal notBound(UUID userId, UUID profileId) {
        Refusal refusal = new Refusal(
                HttpStatus.FORBIDDEN,
                "Not bound",
                "User " + userId + " is not bound to profile " + profileId + ".",
                null);
        refusal.setType(Problems.NOT_BOUND);
        return refusal;
    }

    static Refusal launchedElsewhere(Duration freeIn, Instant since) {
        long seconds = Math.max(1, freeIn.plusMillis(999).toSeconds());
        Refusal refusal = new Refusal(
                HttpStatus.CONFLICT,
                "Launched elsewhere",
                "This profile is launched for this user since " + since
                        + ". If that client has left, it is free in at most " + seconds + " s.",
                null);
        refusal.setType(Problems.LAUNCHED_ELSEWHERE);
        refusal.getBody().setProperty("since", since);
        refusal.retryAfter(seconds);
        return refusal;
    }

    static Refusal anothersSession() {
        return new Refusal(
                HttpStatus.FORBIDDEN,
                "Another's session",
                "This token is not that of the session that has the lock.",
                null);
    }

    static Refusal baseUnavailable(Throwable cause) {
        return unavailable("Base is out of reach", "Whether user and profile are bound cannot be asked now.", cause);
    }

    static Refusal lockUnavailable() {
        return unavailable("Lock is out of reach", "Not enough Redis masters answer to say whose the stream is.", null);
    }

    static Refusal full() {
        return unavailable("Instance is full", "This instance carries as many streams as it can.", null);
    }

    static Refusal draining() {
        Refusal refusal =
                unavailable("Instance is draining", "This instance is about to stop and takes no new streams.", null);
        // Who keeps connections for later must not ask this instance again.
        refusal.getHeaders().setConnection("close");
        return refusal;
    }

    private static Refusal unavailable(String title, String detail, @Nullable Throwable cause) {
        Refusal refusal = new Refusal(HttpStatus.SERVICE_UNAVAILABLE, title, detail, cause);
        refusal.retryAfter(ThreadLocalRandom.current().nextLong(SOONEST_RETRY, LATEST_RETRY));
        return refusal;
    }

    private void retryAfter(long seconds) {
        getBody().setProperty("retryAfter", seconds);
        getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
}

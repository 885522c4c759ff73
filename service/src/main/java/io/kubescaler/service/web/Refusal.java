package io.kubescaler.service.web;

import io.kubescaler.api.Ids;
import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** A rejected request, with a message for its caller; rendered as problem+json. */
public final class Refusal extends ErrorResponseException {

    private static final long serialVersionUID = 1;

    /** The shortest random {@code Retry-After}, in seconds. Random, so that callers do not all return together. */
    private static final int SOONEST_RETRY = 1;

    /** Exclusive, in seconds. What was away for a moment is back for all within a few seconds. */
    private static final int LATEST_RETRY = 4;

    private static final int NAMED_IDS = 10;

    private Refusal(HttpStatus status, ProblemType type, String detail, @Nullable Throwable cause) {
        super(status, ProblemDetail.forStatusAndDetail(status, detail), cause);
        setType(type.uri());
        setTitle(type.title());
    }

    /** 400. @param rule the rule that the field breaks */
    public static Refusal malformed(String field, String rule) {
        return malformed(field + ": " + rule);
    }

    /** 400. @param detail {@code field: rule}; semicolons separate several */
    public static Refusal malformed(String detail) {
        return new Refusal(HttpStatus.BAD_REQUEST, ProblemType.MALFORMED, detail, null);
    }

    /**
     * Parses an id in a request.
     *
     * @throws Refusal with 400 if it is malformed
     */
    public static UUID requireId(String field, String text) {
        try {
            return Ids.parse(text);
        } catch (IllegalArgumentException e) {
            throw malformed(field, Ids.RULE);
        }
    }

    /** 413. */
    public static Refusal tooLarge(String detail) {
        return new Refusal(HttpStatus.CONTENT_TOO_LARGE, ProblemType.TOO_LARGE, detail, null);
    }

    /** 403: the browser reports that a page of another site sent this. */
    public static Refusal foreignPage() {
        return new Refusal(
                HttpStatus.FORBIDDEN,
                ProblemType.FOREIGN_PAGE,
                "A page of another site sent this call. Only pages of this platform may change something here.",
                null);
    }

    /** 421. */
    public static Refusal misdirected() {
        return new Refusal(
                HttpStatus.MISDIRECTED_REQUEST,
                ProblemType.MISDIRECTED,
                "Host: is none of the names of this platform (kubescaler.web.hosts)",
                null);
    }

    /** 401: there is no access token. */
    public static Refusal unidentified() {
        return unidentified(
                "This call needs an access token: as Authorization: Bearer, or in the cookie __Host-kubescaler.",
                "Bearer");
    }

    /** 401: the access token is not accepted. @param detail ASCII without quotes, because a header repeats it */
    public static Refusal unidentified(String detail) {
        return unidentified(detail, challenge("invalid_token", detail));
    }

    private static Refusal unidentified(String detail, String challenge) {
        Refusal refusal = new Refusal(HttpStatus.UNAUTHORIZED, ProblemType.UNIDENTIFIED, detail, null);
        refusal.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, challenge);
        return refusal;
    }

    /**
     * 403: the access token does not allow the call.
     *
     * @param detail ASCII without quotes, because a header repeats it
     * @param scope the scope that would allow it
     */
    public static Refusal notAllowed(String detail, String scope) {
        Refusal refusal = new Refusal(HttpStatus.FORBIDDEN, ProblemType.NOT_ALLOWED, detail, null);
        refusal.getHeaders()
                .set(
                        HttpHeaders.WWW_AUTHENTICATE,
                        challenge("insufficient_scope", detail) + ", scope=\"" + scope + "\"");
        return refusal;
    }

    /** As in RFC 6750. */
    private static String challenge(String error, String detail) {
        return "Bearer error=\"" + error + "\", error_description=\"" + detail + "\"";
    }

    /** 404. */
    public static Refusal userUnknown(UUID id) {
        return new Refusal(HttpStatus.NOT_FOUND, ProblemType.USER_UNKNOWN, "There is no user " + id + ".", null);
    }

    /** 422: a body names unknown users. The detail lists the first ones, {@code unknown} all. */
    public static Refusal usersUnknown(Collection<UUID> ids) {
        String named = ids.stream().limit(NAMED_IDS).map(UUID::toString).collect(Collectors.joining(", "));
        String more = ids.size() > NAMED_IDS ? " and " + (ids.size() - NAMED_IDS) + " more" : "";
        Refusal refusal = new Refusal(
                HttpStatus.UNPROCESSABLE_CONTENT,
                ProblemType.USER_UNKNOWN,
                "users: there is no user " + named + more + ".",
                null);
        refusal.getBody().setProperty("unknown", ids);
        return refusal;
    }

    /** 404. */
    public static Refusal profileUnknown(UUID id) {
        return new Refusal(HttpStatus.NOT_FOUND, ProblemType.PROFILE_UNKNOWN, "There is no profile " + id + ".", null);
    }

    /** @param status 404 for the binding itself, 403 for a stream */
    public static Refusal notBound(HttpStatus status, Pair pair) {
        return new Refusal(
                status,
                ProblemType.NOT_BOUND,
                "User " + pair.user() + " is not bound to profile " + pair.profile() + ".",
                null);
    }

    /** 409. @param freeIn time until the lock expires, unless its session refreshes it */
    public static Refusal launchedElsewhere(Duration freeIn, Instant since) {
        long seconds = roundedUp(freeIn);
        Refusal refusal = new Refusal(
                HttpStatus.CONFLICT,
                ProblemType.LAUNCHED_ELSEWHERE,
                "This profile is launched for this user since " + since
                        + ". If that client has left, it is free in at most " + seconds + " s.",
                null);
        refusal.getBody().setProperty("since", since);
        refusal.retryAfter(seconds);
        return refusal;
    }

    /** 404. */
    public static Refusal noTestData() {
        return new Refusal(
                HttpStatus.NOT_FOUND, ProblemType.NO_TEST_DATA, "Test data is switched off on this platform.", null);
    }

    /** 409, with a random {@code Retry-After}. @param since since when it changes */
    public static Refusal testDataChanging(Instant since) {
        Refusal refusal = new Refusal(
                HttpStatus.CONFLICT,
                ProblemType.TEST_DATA_CHANGING,
                "Test data is being created or dropped since " + since + ". Try again after that.",
                null);
        refusal.retryAfter(soon());
        return refusal;
    }

    /** 422. @param detail how many there may be, and how many there are */
    public static Refusal tooMany(String detail) {
        return new Refusal(HttpStatus.UNPROCESSABLE_CONTENT, ProblemType.TOO_MANY, detail, null);
    }

    /** 403. */
    public static Refusal otherSession() {
        return new Refusal(
                HttpStatus.FORBIDDEN,
                ProblemType.OTHER_SESSION,
                "This token belongs to another session than the one that has the lock.",
                null);
    }

    /** 503, with a random {@code Retry-After}. */
    public static Refusal unavailable(ProblemType type, String detail) {
        return unavailable(type, detail, null);
    }

    /** 503, with a random {@code Retry-After}. */
    public static Refusal unavailable(ProblemType type, String detail, @Nullable Throwable cause) {
        Refusal refusal = new Refusal(HttpStatus.SERVICE_UNAVAILABLE, type, detail, cause);
        refusal.retryAfter(soon());
        return refusal;
    }

    /** 503 for an ended session that an instance may still stream. @param freeIn when the stream is free at the latest */
    public static Refusal unconfirmed(Duration freeIn) {
        long seconds = roundedUp(freeIn);
        Refusal refusal = new Refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                ProblemType.LOCK_UNAVAILABLE,
                "The session is over and cannot be resumed. But an instance that served it does not confirm that: it was"
                        + " killed, or does not answer. So the stream is free for others in at most " + seconds + " s.",
                null);
        refusal.retryAfter(seconds);
        return refusal;
    }

    private static long roundedUp(Duration duration) {
        return Math.max(1, duration.plusMillis(999).toSeconds());
    }

    private static int soon() {
        return ThreadLocalRandom.current().nextInt(SOONEST_RETRY, LATEST_RETRY);
    }

    private void retryAfter(long seconds) {
        getBody().setProperty("retryAfter", seconds);
        getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
    }
}

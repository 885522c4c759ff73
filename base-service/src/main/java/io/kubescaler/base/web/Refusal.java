package io.kubescaler.base.web;

import io.kubescaler.api.Problems;
import java.net.URI;
import java.util.Collection;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** What this service says no to, as problem+json. */
public final class Refusal {

    private static final int NAMED_IDS = 10;

    /** 404: there is no such user. */
    public static ErrorResponseException userUnknown(UUID id) {
        return refusal(HttpStatus.NOT_FOUND, Problems.USER_UNKNOWN, "No such user", "There is no user " + id + ".");
    }

    /** 404: there is no such profile. */
    public static ErrorResponseException profileUnknown(UUID id) {
        return refusal(
                HttpStatus.NOT_FOUND, Problems.PROFILE_UNKNOWN, "No such profile", "There is no profile " + id + ".");
    }

    /** 404: the user and the profile are there, but not bound. */
    public static ErrorResponseException notBound(UUID profileId, UUID userId) {
        return refusal(
                HttpStatus.NOT_FOUND,
                Problems.NOT_BOUND,
                "Not bound",
                "The user " + userId + " is not bound to the profile " + profileId + ".");
    }

    /** 422: the body names users that are not there; the first of them are in the detail, all in {@code unknown}. */
    public static ErrorResponseException usersUnknown(Collection<UUID> ids) {
        String named = ids.stream().limit(NAMED_IDS).map(UUID::toString).collect(Collectors.joining(", "));
        String more = ids.size() > NAMED_IDS ? " and " + (ids.size() - NAMED_IDS) + " more" : "";
        ErrorResponseException refusal = refusal(
                HttpStatus.UNPROCESSABLE_CONTENT,
                Problems.USER_UNKNOWN,
                "No such user",
                "users: there is no user " + named + more + ".");
        refusal.getBody().setProperty("unknown", ids);
        return refusal;
    }

    private static ErrorResponseException refusal(HttpStatus status, URI type, String title, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(type);
        problem.setTitle(title);
        return new ErrorResponseException(status, problem, null);
    }

    private Refusal() {}
}

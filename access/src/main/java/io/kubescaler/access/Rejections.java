package io.kubescaler.access;

import io.kubescaler.service.web.Refusal;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.InsufficientAuthenticationException;
import org.springframework.security.core.AuthenticationException;

/** The answers to callers that Spring Security does not let in. */
public final class Rejections {

    /** 401, or 503 if the keys cannot be read. */
    public static Refusal of(AuthenticationException failure) {
        if (failure instanceof UnidentifiedException unidentified) {
            return unidentified.refusal();
        }
        boolean none = failure instanceof InsufficientAuthenticationException
                || failure instanceof AuthenticationCredentialsNotFoundException;
        return none
                ? Refusal.unidentified()
                : Refusal.unidentified("The header Authorization has no token in the form of RFC 6750.");
    }

    /** 403. */
    public static Refusal of(AccessDeniedException denial) {
        return denial instanceof NotAllowedException notAllowed
                ? notAllowed.refusal()
                : Refusal.notAllowed("This call is not allowed.", Caller.ADMIN);
    }

    private Rejections() {}
}

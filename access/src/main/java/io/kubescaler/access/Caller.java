package io.kubescaler.access;

import io.kubescaler.api.Ids;
import io.kubescaler.service.web.Refusal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;

/** Who calls, by its access token. */
public final class Caller extends AbstractAuthenticationToken {

    private static final long serialVersionUID = 1;

    /** The scope for everything. */
    static final String ADMIN = "admin";

    /** The scope for one's own streams and sessions. */
    static final String STREAM = "stream";

    /** The scope for publishing messages, for every profile. */
    static final String PUBLISH = "publish";

    private final String user;
    private final boolean streams;
    private final boolean publishes;
    private final boolean admin;
    private final Instant until;

    /**
     * @param user the id of the user; of an administrator or a publisher, it may be any name
     * @param until when the token is no longer accepted
     */
    Caller(String user, Set<String> scopes, Instant until) {
        super(List.of());
        this.user = user;
        this.streams = scopes.contains(STREAM);
        this.publishes = scopes.contains(PUBLISH);
        this.admin = scopes.contains(ADMIN);
        this.until = until;
        setAuthenticated(true);
    }

    public String user() {
        return user;
    }

    public boolean isAdmin() {
        return admin;
    }

    /** When its access token is no longer accepted. */
    public Instant until() {
        return until;
    }

    /** @throws NotAllowedException if it may not do what concerns this user */
    public void requireOwn(@Nullable Object owner) {
        if (admin) {
            return;
        }
        if (!streams) {
            throw new NotAllowedException(
                    Refusal.notAllowed("This call needs an access token with the scope stream or admin.", STREAM));
        }
        if (!isId(owner)) {
            throw new NotAllowedException(Refusal.notAllowed(
                    "The access token is of another user. This call needs that of the user in its address, or the scope"
                            + " admin.",
                    ADMIN));
        }
    }

    /** Ids may be written in upper or lower case. */
    private boolean isId(@Nullable Object owner) {
        try {
            return Ids.parse(user).equals(Ids.parse(String.valueOf(owner)));
        } catch (IllegalArgumentException e) {
            return false; // One of them is no id.
        }
    }

    /** @throws NotAllowedException if it may not publish messages */
    public void requirePublisher() {
        if (!publishes && !admin) {
            throw new NotAllowedException(
                    Refusal.notAllowed("This call needs an access token with the scope publish or admin.", PUBLISH));
        }
    }

    /** @throws NotAllowedException if it is no administrator */
    public void requireAdmin() {
        if (!admin) {
            throw new NotAllowedException(
                    Refusal.notAllowed("This call needs an access token with the scope admin.", ADMIN));
        }
    }

    @Override
    public Object getPrincipal() {
        return user;
    }

    /** Nothing: the token is not kept. */
    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Caller caller
                && user.equals(caller.user)
                && streams == caller.streams
                && publishes == caller.publishes
                && admin == caller.admin
                && until.equals(caller.until);
    }

    @Override
    public int hashCode() {
        return Objects.hash(user, streams, publishes, admin, until);
    }
}

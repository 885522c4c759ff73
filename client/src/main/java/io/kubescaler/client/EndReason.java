package io.kubescaler.client;

/** Why the server ended a stream. */
public enum EndReason {
    /** The instance is about to stop; the session goes on elsewhere. */
    DRAIN,
    /** The session was lost. A client must begin a new one. */
    LOST,
    /** The session was ended, or resumed over another connection. */
    CLOSED,
    /** The user is no longer bound to the profile. */
    UNBOUND,
    /** The access token is no longer accepted; the session goes on with a new one. */
    EXPIRED;

    /** Whether a client does not come back by itself. */
    boolean isFinal() {
        return this == CLOSED || this == UNBOUND;
    }

    /** Whether the session goes on, so that its token is still good. */
    boolean keepsSession() {
        return this == DRAIN || this == EXPIRED;
    }

    static EndReason of(String name) {
        return switch (name) {
            case "drain" -> DRAIN;
            case "closed" -> CLOSED;
            case "unbound" -> UNBOUND;
            case "expired" -> EXPIRED;
            // Also for a reason of a later version: beginning a new session is right after any.
            default -> LOST;
        };
    }
}

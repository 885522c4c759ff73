package io.kubescaler.api;

import java.util.UUID;

/** The only form of an id: the canonical text of a UUID, in upper or lower case. */
public final class Ids {

    /** The rule that a malformed id breaks, as callers read it. */
    public static final String RULE = "must be a UUID";

    /**
     * Parses an id. {@link UUID#fromString} alone also accepts {@code 1-1-1-1-1}.
     *
     * @throws IllegalArgumentException if it is malformed; the message is {@link #RULE}
     */
    public static UUID parse(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // Reported below, with the same message.
        }
        throw new IllegalArgumentException(RULE);
    }

    private Ids() {}
}

package io.kubescaler.api;

import java.util.UUID;

/** The one form of an id: the canonical text of a UUID, in letters of either case. */
public final class Ids {

    /** The rule that a malformed id breaks, in words for a caller. */
    public static final String RULE = "must be a UUID";

    /**
     * Reads an id. {@link UUID#fromString} alone also takes {@code 1-1-1-1-1}.
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
            // Reported below, in the same words.
        }
        throw new IllegalArgumentException(RULE);
    }

    private Ids() {}
}

package io.kubescaler.api;

import java.util.UUID;

/** The names of the keys in Redis. Both keys of a pair share a hash tag, so a script may touch them together. */
public final class RedisKeys {

    /** The key that holds the token of the pair's session. */
    public static String lock(UUID userId, UUID profileId) {
        return "lock:" + pair(userId, profileId);
    }

    /** The key that holds since when the pair is launched, in milliseconds of the epoch. */
    public static String launched(UUID userId, UUID profileId) {
        return "launched:" + pair(userId, profileId);
    }

    /** The Redis Stream of what is published for the profile; an entry's field {@code message} has the text. */
    public static String messages(UUID profileId) {
        return "messages:" + profileId;
    }

    private static String pair(UUID userId, UUID profileId) {
        return "{" + userId + ":" + profileId + "}";
    }

    private RedisKeys() {}
}

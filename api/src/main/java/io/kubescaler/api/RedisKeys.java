package io.kubescaler.api;

import java.util.UUID;

/** Names of the keys in Redis. Both keys of a pair share a hash tag, so that one script may use both. */
public final class RedisKeys {

    /** The key that holds the owner of the pair: the hash of its session's token. */
    public static String lock(Pair pair) {
        return "lock:" + tag(pair);
    }

    /** The key that holds when the pair was launched, in milliseconds since the epoch. */
    public static String launched(Pair pair) {
        return "launched:" + tag(pair);
    }

    /** The Redis Stream of messages published for the profile; field {@code message} of an entry has the text. */
    public static String messages(UUID profileId) {
        return "messages:" + profileId;
    }

    private static String tag(Pair pair) {
        return "{" + pair.user() + ":" + pair.profile() + "}";
    }

    private RedisKeys() {}
}

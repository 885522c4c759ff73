package io.kubescaler.api;

import java.util.UUID;

/** A user and a profile: at most one client streams a pair at a time. */
public record Pair(UUID user, UUID profile) {

    /** {@code user/profile}, as in the URL of the pair's stream. */
    @Override
    public String toString() {
        return user + "/" + profile;
    }
}

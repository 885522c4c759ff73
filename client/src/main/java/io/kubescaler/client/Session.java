package io.kubescaler.client;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A session over the connection that there is now.
 *
 * @param token a secret: with it, the session can be resumed and ended
 * @param instance the instance that serves it
 * @param since when the session began; a resumed one keeps it
 * @param ttl how long the pair stays taken for a client that has vanished
 * @param resumed whether this is the session that the client had before. With a token from outside, nothing is known of
 *     that session, and it counts as resumed
 */
public record Session(String token, String instance, Instant since, Duration ttl, boolean resumed) {

    static Session of(Event event, boolean withToken, @Nullable Instant before) {
        if (event.id() == null) {
            throw new IllegalArgumentException("It has no token.");
        }
        Json data = Json.read(event.data());
        Instant since = Instant.parse(data.get("since"));
        Duration ttl = Duration.ofSeconds(Long.parseLong(data.get("ttl")));
        boolean resumed = withToken && (before == null || before.equals(since));
        return new Session(event.id(), data.get("instance"), since, ttl, resumed);
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Session[instance=" + instance + ", since=" + since + ", ttl=" + ttl + ", resumed=" + resumed + "]";
    }
}

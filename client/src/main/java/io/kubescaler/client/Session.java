package io.kubescaler.client;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A session over the current connection.
 *
 * @param token a secret: anyone who has it can resume and end the session
 * @param instance the instance that serves it
 * @param since when the session began; a resumed one keeps it
 * @param ttl how long the pair stays taken after the client has vanished
 * @param epoch greater than those of all earlier sessions of the pair. Give it to whoever acts on messages of several
 *     clients: what comes with a lower epoch than one seen before is out of date (a fencing token)
 * @param resumed whether the client had this session before. A session with a token from outside counts as resumed,
 *     because the client cannot know
 */
public record Session(String token, String instance, Instant since, Duration ttl, long epoch, boolean resumed) {

    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7E]+");

    static Session of(Event event, boolean withToken, @Nullable Instant before) {
        String token = requireToken(event.id());
        Json data = Json.read(event.data());
        Instant since = Instant.parse(data.get("since"));
        Duration ttl = Duration.ofSeconds(Long.parseLong(data.get("ttl")));
        boolean resumed = withToken && (before == null || before.equals(since));
        long epoch = Long.parseLong(data.get("epoch"));
        return new Session(token, data.get("instance"), since, ttl, epoch, resumed);
    }

    /** @throws IllegalArgumentException it could not be sent as a header */
    static String requireToken(@Nullable String token) {
        if (token == null || !TOKEN.matcher(token).matches()) {
            throw new IllegalArgumentException("The token of the session is missing or malformed.");
        }
        return token;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Session[instance=" + instance + ", since=" + since + ", ttl=" + ttl + ", epoch=" + epoch + ", resumed="
                + resumed + "]";
    }
}

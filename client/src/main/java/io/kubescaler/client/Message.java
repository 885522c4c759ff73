package io.kubescaler.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message of the stream.
 *
 * @param sequence its number: the instance's own with random messages, the profile's own with published ones
 * @param instance the instance that sent it
 * @param timestamp when it was made
 * @param text its content
 * @param epoch that of the session which sent it, see {@link Session#epoch}
 * @param missed the gap before it: how many messages were lost since the last one received, over this connection or an
 *     earlier one. The client compares numbers of two instances only with {@link StreamClientBuilder#sharedSequence};
 *     otherwise, and before the first message, it is 0
 */
public record Message(long sequence, String instance, Instant timestamp, String text, long epoch, long missed) {

    static Message of(Json data, @Nullable Message before, boolean sharedSequence) {
        long sequence = Long.parseLong(data.get("sequence"));
        String instance = data.get("instance");
        boolean comparable =
                before != null && (sharedSequence || before.instance().equals(instance));
        // A restarted instance counts from the beginning.
        long missed = comparable ? Math.max(0, sequence - before.sequence() - 1) : 0;
        return new Message(
                sequence,
                instance,
                Instant.parse(data.get("timestamp")),
                data.get("message"),
                Long.parseLong(data.get("epoch")),
                missed);
    }
}

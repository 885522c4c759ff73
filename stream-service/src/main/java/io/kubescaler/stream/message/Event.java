package io.kubescaler.stream.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A Server-Sent Event, as the HTML standard frames it (section "Server-sent events").
 *
 * @param id null for none
 * @param retry how long a client that has lost this stream waits before it reconnects; null to leave that to the client
 * @param data JSON on one line
 */
public record Event(
        @Nullable String id, String name, @Nullable Duration retry, byte[] data) {

    /** Keeps a silent connection open; clients ignore it. */
    static final byte[] COMMENT = ascii(":\n\n");

    private static final byte[] MESSAGE = ascii("event: message\ndata: ");

    /** The first event of a stream; its id is the token of the session. */
    public static Event session(String token, byte[] data) {
        return new Event(token, "session", null, data);
    }

    /**
     * A message without its last line, the same for all streams that carry it.
     *
     * @param data a JSON object, not empty
     * @see #epoch
     */
    static byte[] message(byte[] data) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.length + MESSAGE.length + 2);
        bytes.writeBytes(MESSAGE);
        bytes.write(data, 0, data.length - 1);
        bytes.writeBytes(ascii(",\n"));
        return bytes.toByteArray();
    }

    /** The last line of every message of one stream. */
    static byte[] epoch(long epoch) {
        return ascii("data: \"epoch\":" + epoch + "}\n\n");
    }

    /** The last event of a stream that the server ends. */
    public static Event end(Duration retry, byte[] data) {
        return new Event(null, "end", retry, data);
    }

    public byte[] encode() {
        String head = (id == null ? "" : "id: " + id + "\n")
                + "event: " + name + "\n"
                + (retry == null ? "" : "retry: " + retry.toMillis() + "\n")
                + "data: ";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + data.length + 2);
        bytes.writeBytes(ascii(head));
        bytes.writeBytes(data);
        bytes.writeBytes(ascii("\n\n"));
        return bytes.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

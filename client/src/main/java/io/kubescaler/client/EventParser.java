package io.kubescaler.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses events from the bytes of one stream, which may be cut anywhere. It follows the WHATWG HTML standard, section
 * "Parsing an event stream". It ignores an event without its end.
 *
 * <p>It is not thread-safe.
 */
public final class EventParser {

    private static final int FIRST_LINE_BUFFER = 512;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final Pattern MILLISECONDS = Pattern.compile("[0-9]{1,18}");

    private final int largestEvent;

    // Line ends are ASCII, so cutting lines as bytes never splits a character.
    private byte[] line = new byte[FIRST_LINE_BUFFER];
    private int length;
    private boolean firstLine = true;
    private boolean afterCarriageReturn;

    private final List<String> data = new ArrayList<>();
    private long dataBytes;
    private String name = "";
    private @Nullable String id;
    private @Nullable Duration retry;

    /** A parser with the {@link Limits#DEFAULT default} limit. */
    public EventParser() {
        this(Limits.DEFAULT.largestEvent());
    }

    /** @param largestEvent the most bytes in the data of an event, or in a line */
    public EventParser(int largestEvent) {
        this.largestEvent = largestEvent;
    }

    /**
     * Reads all of the bytes.
     *
     * @param events receives each event that these bytes complete
     * @throws StreamException an event is too large; the parser must not be used any more
     */
    public void push(ByteBuffer bytes, Consumer<? super Event> events) {
        int start = bytes.position();
        int limit = bytes.limit();
        if (afterCarriageReturn && start < limit) {
            afterCarriageReturn = false;
            if (bytes.get(start) == '\n') {
                start++;
            }
        }
        for (int i = start; i < limit; i++) {
            byte each = bytes.get(i);
            if (each == '\n' || each == '\r') {
                append(bytes, start, i);
                endLine(events);
                if (each == '\r' && i + 1 == limit) {
                    afterCarriageReturn = true;
                } else if (each == '\r' && bytes.get(i + 1) == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        append(bytes, start, limit);
        bytes.position(limit);
    }

    /** The last {@code retry} of the stream so far, even if no event followed it; null before the first. */
    public @Nullable Duration retry() {
        return retry;
    }

    private void append(ByteBuffer bytes, int from, int to) {
        int added = to - from;
        if (dataBytes + length + added > largestEvent) {
            throw new StreamException("An event is larger than " + largestEvent + " bytes.");
        }
        if (length + added > line.length) {
            line = Arrays.copyOf(line, Math.max(length + added, Math.min(2 * line.length, largestEvent)));
        }
        bytes.get(from, line, length, added);
        length += added;
    }

    private void endLine(Consumer<? super Event> events) {
        int from = firstLine && Arrays.mismatch(line, BYTE_ORDER_MARK) == BYTE_ORDER_MARK.length
                ? BYTE_ORDER_MARK.length
                : 0;
        firstLine = false;
        int to = length;
        length = 0;
        if (from == to) {
            dispatch(events);
            return;
        }
        int colon = from;
        while (colon < to && line[colon] != ':') {
            colon++;
        }
        int value = Math.min(to, colon + 1);
        if (value < to && line[value] == ' ') {
            value++;
        }
        switch (text(from, colon)) {
            case "data" -> {
                data.add(text(value, to));
                dataBytes += to - value + 1;
            }
            case "event" -> name = text(value, to);
            case "id" -> takeId(text(value, to));
            case "retry" -> takeRetry(text(value, to));
            default -> {
                // A comment, or a field that the standard does not know.
            }
        }
    }

    private void takeId(String value) {
        if (value.indexOf('\0') < 0) {
            id = value.isEmpty() ? null : value;
        }
    }

    private void takeRetry(String value) {
        if (MILLISECONDS.matcher(value).matches()) {
            retry = Duration.ofMillis(Long.parseLong(value));
        }
    }

    private void dispatch(Consumer<? super Event> events) {
        if (!data.isEmpty()) {
            String text = data.size() == 1 ? data.get(0) : String.join("\n", data);
            Event event = new Event(id, name.isEmpty() ? "message" : name, retry, text);
            data.clear();
            dataBytes = 0;
            name = "";
            events.accept(event);
        }
        name = "";
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
    }
}

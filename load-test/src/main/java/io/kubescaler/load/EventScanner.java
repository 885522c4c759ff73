package io.kubescaler.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Scans a response for its status, the id of its first event, and the number of each message. It works on any cut of
 * chunks and reads, and on responses without chunks. It skips the text of a message eight bytes at a time, without
 * allocating.
 */
final class EventScanner {

    private static final byte[] SEQUENCE = "data: {\"sequence\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER = {};

    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int LARGEST_HEAD = 16_384;
    private static final int STATUS_BEGIN = "HTTP/1.1 ".length();
    private static final int STATUS_END = STATUS_BEGIN + 3;

    private enum Part {
        HEAD,
        CHUNK_SIZE,
        CHUNK,
        END
    }

    private Part part = Part.HEAD;
    private final StringBuilder head = new StringBuilder();
    private int status;
    private int chunkDigits;
    private long chunk;

    /** The prefix that the line may match. */
    private byte[] line = OTHER;

    private boolean lineBegins = true;
    private int matched;
    private long number;

    private final StringBuilder id = new StringBuilder();
    private boolean idKnown;
    private long messages;
    private long lost;
    private long last;

    /** The HTTP status; 0 until it is known. */
    int status() {
        return status;
    }

    /** Whether the response is complete. */
    boolean ended() {
        return part == Part.END;
    }

    /** The id of the first event with an id. For a session, it is the token. */
    @Nullable
    String id() {
        return idKnown ? id.toString() : null;
    }

    long messages() {
        return messages;
    }

    /** The count of missing numbers between the first and the last message. */
    long lost() {
        return lost;
    }

    /** @throws IllegalStateException if the server does not speak HTTP */
    void scan(ByteBuf in) {
        while (in.isReadable()) {
            switch (part) {
                case HEAD -> head((char) in.readByte());
                case CHUNK_SIZE -> chunkSize(in.readByte());
                case CHUNK -> {
                    int length = (int) Math.min(chunk, in.readableBytes());
                    lines(in, in.readerIndex() + length);
                    chunk -= length;
                    if (chunk == 0) {
                        part = Part.CHUNK_SIZE;
                    }
                }
                case END -> in.skipBytes(in.readableBytes());
            }
        }
    }

    private void head(char c) {
        head.append(c);
        if (c == '\n' && head.indexOf(END_OF_HEAD, head.length() - END_OF_HEAD.length()) >= 0) {
            String text = head.toString().toLowerCase(Locale.ROOT);
            status = Integer.parseInt(text.substring(STATUS_BEGIN, STATUS_END));
            boolean chunked = text.contains("transfer-encoding: chunked");
            part = status != 200 ? Part.END : chunked ? Part.CHUNK_SIZE : Part.CHUNK;
            chunk = chunked ? 0 : Long.MAX_VALUE;
            head.setLength(0);
            head.trimToSize();
        } else if (head.length() > LARGEST_HEAD) {
            throw new IllegalStateException("This is no HTTP server.");
        }
    }

    /** The end of the previous chunk looks like an empty line here. */
    private void chunkSize(byte b) {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
            chunk = chunk * 16 + digit;
            chunkDigits++;
        } else if (b == '\n' && chunkDigits > 0) {
            part = chunk > 0 ? Part.CHUNK : Part.END;
            chunkDigits = 0;
        }
    }

    private void lines(ByteBuf in, int end) {
        int at = in.readerIndex();
        while (at < end) {
            if (!lineBegins && line == OTHER) {
                int newline = in.indexOf(at, end, (byte) '\n');
                at = newline < 0 ? end : newline + 1;
                lineBegins = newline >= 0;
            } else {
                inLine(in.getByte(at++));
            }
        }
        in.readerIndex(end);
    }

    private void inLine(byte b) {
        if (lineBegins) {
            line = b == SEQUENCE[0] ? SEQUENCE : b == ID[0] && !idKnown ? ID : OTHER;
            matched = 0;
            number = 0;
        }
        lineBegins = b == '\n';
        if (matched < line.length) {
            if (b == line[matched]) {
                matched++;
            } else {
                line = OTHER;
            }
        } else if (line == SEQUENCE) {
            if (b >= '0' && b <= '9') {
                number = number * 10 + b - '0';
            } else {
                line = OTHER;
                message();
            }
        } else if (line == ID) {
            if (b == '\n' || b == '\r') {
                line = OTHER;
                idKnown = true;
            } else {
                id.append((char) b);
            }
        }
    }

    private void message() {
        if (messages > 0 && number > last + 1) {
            lost += number - last - 1;
        }
        messages++;
        last = number;
    }
}

package io.kubescaler.stream.message;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.redisson.client.DefaultNettyHook;
import org.redisson.client.handler.CommandDecoder;

/**
 * Takes what is too large out of the entries of Redis Streams while it arrives, so that no publisher fills the memory
 * of this instance. Redisson would collect a whole value first, whatever its size. An entry whose message is taken out
 * stays, without a message.
 *
 * <p>Each connection has its own.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">RESP2, the protocol of Redis</a>
 */
final class EntryLimit extends ChannelInboundHandlerAdapter {

    /** The names and values in an entry: more of them are all taken out. */
    static final int MOST_PARTS = 64;

    /** In the answer of XREAD: streams, a stream with its name, entries, an entry with its id, its names and values. */
    private static final int DEPTH = 5;

    private static final byte[] MISSING = ascii("$-1\r\n");
    private static final byte[] EMPTY = ascii("$0\r\n\r\n");
    private static final byte[] EMPTY_ENTRY = ascii("*2\r\n$0\r\n\r\n$-1\r\n");
    private static final int LINE_END = 2;

    private final long largest;
    /** How many elements each open array lacks, the innermost first. */
    private final Deque<Long> open = new ArrayDeque<>();

    private final StringBuilder line = new StringBuilder();
    /** The bytes of the current value that are still to come. */
    private long rest;

    private boolean passing;
    /** Bytes that the current entry may still have. */
    private long room;
    /** Names and values of the current entry that are still to be taken out. */
    private long unwanted;

    /** @param largest bytes of an entry, its names and values together */
    EntryLimit(long largest) {
        this.largest = largest;
    }

    /** Puts one into each connection of a client. */
    static DefaultNettyHook hook(long largest) {
        return new DefaultNettyHook() {
            @Override
            public void afterChannelInitialization(Channel channel) {
                String decoder =
                        channel.pipeline().context(CommandDecoder.class).name();
                channel.pipeline().addBefore(decoder, "entry-limit", new EntryLimit(largest));
            }
        };
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        ByteBuf out = context.alloc().buffer(in.readableBytes());
        try {
            while (in.isReadable()) {
                if (rest > 0) {
                    value(in, out);
                } else {
                    line(in, out);
                }
            }
            context.fireChannelRead(out.retain());
        } finally {
            out.release();
            in.release();
        }
    }

    private void value(ByteBuf in, ByteBuf out) {
        int length = (int) Math.min(rest, in.readableBytes());
        if (passing) {
            out.writeBytes(in, length);
        } else {
            in.skipBytes(length);
        }
        rest -= length;
    }

    private void line(ByteBuf in, ByteBuf out) {
        char next = (char) in.readUnsignedByte();
        line.append(next);
        if (next == '\n') {
            byte[] whole = line.toString().getBytes(StandardCharsets.ISO_8859_1);
            switch (whole[0]) {
                case '*' -> array(whole, number(), out);
                case '$' -> string(whole, number(), out);
                default -> {
                    out.writeBytes(whole);
                    endElement();
                }
            }
            line.setLength(0);
        }
    }

    private long number() {
        return Long.parseLong(line, 1, line.length() - LINE_END, 10);
    }

    private void array(byte[] head, long elements, ByteBuf out) {
        boolean entry = open.size() == DEPTH - 1;
        if (entry && elements > MOST_PARTS) {
            out.writeBytes(EMPTY_ENTRY);
            unwanted = elements;
            return;
        }
        out.writeBytes(head);
        if (elements > 0) {
            open.push(elements);
            room = largest;
        } else {
            endElement();
        }
    }

    private void string(byte[] head, long length, ByteBuf out) {
        boolean inEntry = open.size() == DEPTH;
        passing = unwanted == 0 && (!inEntry || length <= room);
        rest = length < 0 ? 0 : length + LINE_END;
        if (unwanted > 0) {
            unwanted--;
        } else if (passing) {
            out.writeBytes(head);
            room -= length;
        } else {
            boolean name = open.element() % 2 == 0;
            out.writeBytes(name ? EMPTY : MISSING);
        }
        if (unwanted == 0) {
            endElement();
        }
    }

    /** An array ends with its last element. */
    private void endElement() {
        while (!open.isEmpty()) {
            long missing = open.pop() - 1;
            if (missing > 0) {
                open.push(missing);
                return;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

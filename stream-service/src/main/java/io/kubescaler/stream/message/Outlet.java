package io.kubescaler.stream.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to one client. A client that has not taken what it was sent gets nothing more until it has: its messages are
 * lost, not kept. Only its channel's event loop may call this.
 */
public final class Outlet {

    private static final String LINE_END = "\r\n";

    private final Channel channel;
    private final ChannelHandlerContext encoder;
    private final BooleanSupplier mayWrite;
    private final byte[] epoch;
    /** Ends each message; there only while messages are sent. */
    private @Nullable ByteBuf end;

    private boolean chunked = true;
    private long lastWritten = System.nanoTime();

    /**
     * @param channel a connection whose response has a head, with chunked encoding
     * @param mayWrite called before every write; once it returns false, nothing is written any more
     * @param epoch of the lease; each message ends with it
     */
    public Outlet(Channel channel, BooleanSupplier mayWrite, long epoch) {
        this.channel = channel;
        encoder = channel.pipeline().context(HttpServerCodec.class);
        this.mayWrite = mayWrite;
        this.epoch = Event.epoch(epoch);
    }

    /** From now on only the events are written, for a client that does not know chunks: one with HTTP/1.0. */
    public void writeWithoutChunks() {
        chunked = false;
    }

    Channel channel() {
        return channel;
    }

    /** Takes the memory that each message needs; before the first. */
    void open() {
        end = chunk(epoch);
    }

    /** Gives that memory back; after the last message. */
    void close() {
        ReferenceCountUtil.release(end);
        end = null;
    }

    /** The bytes as a finished chunk of HTTP/1.1, which all outlets may send: no connection encodes it again. */
    static ByteBuf chunk(byte[] content) {
        String head = Integer.toHexString(content.length) + LINE_END;
        ByteBuf chunk = PooledByteBufAllocator.DEFAULT.directBuffer(head.length() + content.length + LINE_END.length());
        chunk.writeCharSequence(head, StandardCharsets.US_ASCII);
        chunk.writeBytes(content);
        chunk.writeCharSequence(LINE_END, StandardCharsets.US_ASCII);
        return chunk;
    }

    /**
     * Sends the first event, whether or not the client keeps up.
     *
     * @param sent called when the system has taken it
     * @param over called instead if nothing may be written any more
     */
    void begin(Event first, Runnable sent, Runnable over) {
        if (!channel.isActive()) {
            return;
        }
        if (!mayWrite.getAsBoolean()) {
            over.run();
            return;
        }
        ByteBuf chunk = chunk(first.encode());
        encoder.writeAndFlush(chunked ? chunk : content(chunk)).addListener(written -> {
            if (written.isSuccess()) {
                sent.run();
            }
        });
        lastWritten = System.nanoTime();
    }

    /** Sends an event if the client keeps up; returns whether it did. */
    boolean offer(ByteBuf chunk) {
        return offer(chunk, null);
    }

    /** Sends a message, and the epoch behind it, if the client keeps up; returns whether it did. */
    boolean offerMessage(ByteBuf chunk) {
        return offer(chunk, Objects.requireNonNull(end));
    }

    private boolean offer(ByteBuf chunk, @Nullable ByteBuf next) {
        if (!channel.isWritable() || !mayWrite.getAsBoolean()) {
            return false;
        }
        // Both are there before the first write, so that no lack of memory leaves half an event.
        ByteBuf first = chunk.retainedDuplicate();
        ByteBuf second = next == null ? null : next.retainedDuplicate();
        write(first);
        if (second != null) {
            write(second);
        }
        encoder.flush();
        lastWritten = System.nanoTime();
        return true;
    }

    /** From the encoder's place on towards the network. */
    private void write(ByteBuf chunk) {
        encoder.write(chunked ? chunk : content(chunk), channel.voidPromise());
    }

    private static ByteBuf content(ByteBuf chunk) {
        int head = chunk.bytesBefore((byte) '\n') + 1;
        return chunk.readerIndex(chunk.readerIndex() + head).writerIndex(chunk.writerIndex() - LINE_END.length());
    }

    /** Runs the task, never at once, when the client has taken all that it was sent; not at all if it never does. */
    void whenTaken(Runnable task) {
        if (channel.isActive() && mayWrite.getAsBoolean()) {
            // Writes are done in their order: this one, of nothing, after all that the client has not taken yet.
            encoder.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
                if (written.isSuccess()) {
                    channel.eventLoop().execute(task);
                }
            });
        }
    }

    /** Nanoseconds since the last write. */
    long silentFor() {
        return System.nanoTime() - lastWritten;
    }
}

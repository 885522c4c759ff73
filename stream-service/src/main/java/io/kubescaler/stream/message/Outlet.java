package io.kubescaler.stream.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.util.function.BooleanSupplier;

/**
 * The way to one client. A client that has not taken what it was sent gets nothing more until it has: its messages are
 * lost, not kept. Only its channel's event loop may call this.
 */
public final class Outlet {

    private final Channel channel;
    private final BooleanSupplier mayWrite;
    private long lastWritten = System.nanoTime();

    /**
     * @param channel a connection whose response has begun, with chunked encoding
     * @param mayWrite asked before every write; once it says no, nothing is written any more
     */
    public Outlet(Channel channel, BooleanSupplier mayWrite) {
        this.channel = channel;
        this.mayWrite = mayWrite;
    }

    Channel channel() {
        return channel;
    }

    /** Sends the event if the client keeps up; says whether it did. */
    boolean offer(ByteBuf event) {
        if (!channel.isWritable() || !mayWrite.getAsBoolean()) {
            return false;
        }
        channel.writeAndFlush(new DefaultHttpContent(event.retainedDuplicate()), channel.voidPromise());
        lastWritten = System.nanoTime();
        return true;
    }

    /** Runs the task, never at once, when the client has taken all that it was sent; not at all if it never does. */
    void whenTaken(Runnable task) {
        if (mayWrite.getAsBoolean()) {
            // Writes are done in their order: this one, of nothing, after all that the client has not taken yet.
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.EMPTY_BUFFER)).addListener(written -> {
                if (written.isSuccess()) {
                    channel.eventLoop().execute(task);
                }
            });
        }
    }

    /** For how many nanoseconds nothing was written. */
    long silentFor() {
        return System.nanoTime() - lastWritten;
    }
}

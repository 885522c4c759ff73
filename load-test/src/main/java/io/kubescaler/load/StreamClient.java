package io.kubescaler.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The client of one stream. Only its event loop uses it. */
final class StreamClient extends ChannelInboundHandlerAdapter {

    private static final int OK = 200;

    private final StreamRequest request;
    private final EventScanner scanner = new EventScanner();
    private final CompletableFuture<Void> answered = new CompletableFuture<>();
    private long begin;
    private long firstByteNanos;
    private long bytes;
    private boolean open;

    StreamClient(StreamRequest request) {
        this.request = request;
    }

    StreamRequest request() {
        return request;
    }

    /** Completes at the first byte, or when there will be none. */
    CompletableFuture<Void> answered() {
        return answered;
    }

    void begin() {
        begin = System.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        open = true;
        context.writeAndFlush(request.encode(context.alloc()), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf in = (ByteBuf) read;
        try {
            bytes += in.readableBytes();
            scanner.scan(in);
        } finally {
            in.release();
        }
        if (firstByteNanos == 0) {
            firstByteNanos = System.nanoTime() - begin;
            answered.complete(null);
        }
        if (scanner.ended()) {
            context.close();
        } else if (request.stalls() && scanner.messages() > 0) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        failed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    /** Called when there is no connection, or it is closed. */
    void failed() {
        open = false;
        answered.complete(null);
    }

    /** The status of a rejection, else 0. */
    int refused() {
        return scanner.status() == OK ? 0 : scanner.status();
    }

    boolean failedBeforeAnswer() {
        return !open && scanner.status() == 0;
    }

    boolean closedEarly() {
        return !open && scanner.status() == OK;
    }

    boolean streams() {
        return open && scanner.status() == OK;
    }

    long firstByteNanos() {
        return firstByteNanos;
    }

    long bytes() {
        return bytes;
    }

    long messages() {
        return scanner.messages();
    }

    long lost() {
        return scanner.lost();
    }

    @Nullable
    String token() {
        return scanner.id();
    }
}

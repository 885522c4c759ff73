package io.kubescaler.webflux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of HTTP/2, which the responses to many requests share. It ends with the last one that is not read, or when
 * no request comes for too long.
 */
final class SharedConnection extends ChannelInboundHandlerAdapter {

    private final Http2Connection connection;
    private final Duration patience;
    /** Responses that are over, but open until the system takes the end. */
    private final Set<Integer> ended = new HashSet<>();
    /** What happens if the client does not answer these pings. */
    private final Map<Long, Future<?>> pings = new HashMap<>();

    private long lastPing;
    private @Nullable Future<?> end;

    /** @param patience how long it may be open without a request, whatever else comes */
    SharedConnection(Http2Connection connection, Duration patience) {
        this.connection = connection;
        this.patience = patience;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        awaitRequest(context);
        connection.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamActive(Http2Stream stream) {
                forget();
            }

            @Override
            public void onStreamClosed(Http2Stream stream) {
                ended.remove(stream.id());
                if (connection.numActiveStreams() == 0 && context.channel().isActive()) {
                    awaitRequest(context);
                }
            }
        });
    }

    private void awaitRequest(ChannelHandlerContext context) {
        end = context.executor().schedule(() -> context.close(), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void forget() {
        if (end != null) {
            end.cancel(false);
            end = null;
        }
    }

    /**
     * Discards what the client has not read, and closes the connection, unless the client reads all of this response in
     * time, or other responses need the connection. A client answers a ping when it has read what came before.
     */
    static void end(Http2StreamChannel response) {
        ChannelHandlerContext context = response.parent().pipeline().context(SharedConnection.class);
        if (context != null) { // else the connection is closed
            ((SharedConnection) context.handler())
                    .end(context, response.stream().id());
        }
    }

    private void end(ChannelHandlerContext context, int response) {
        if (connection.stream(response) != null) {
            ended.add(response);
        }
        long ping = ++lastPing;
        pings.put(
                ping,
                context.executor()
                        .schedule(
                                () -> discardUnlessShared(context.channel(), ping),
                                StreamConnection.LAST_WRITE.toMillis(),
                                TimeUnit.MILLISECONDS));
        context.writeAndFlush(new DefaultHttp2PingFrame(ping));
    }

    private void discardUnlessShared(Channel channel, long ping) {
        pings.remove(ping);
        if (connection.numActiveStreams() == ended.size()) {
            StreamConnection.discardOnClose(channel);
            channel.unsafe().close(channel.voidPromise());
        }
    }

    /**
     * Sends what the client's system acknowledges, whatever the client does: the window of a stream does not hold back
     * pings. Nobody waits for the client's own answer.
     */
    static void probe(Http2StreamChannel response) {
        ChannelHandlerContext context = response.parent().pipeline().context(SharedConnection.class);
        if (context != null) {
            context.writeAndFlush(new DefaultHttp2PingFrame(0));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http2PingFrame ping && ping.ack()) {
            Future<?> read = pings.remove(ping.content());
            if (read != null) {
                read.cancel(false);
            }
        }
        context.fireChannelRead(message);
    }

    /**
     * No operator can do anything about a client that breaks its connection, or a request that contradicts itself. Netty
     * closes the connection; it would report the request to its own stream, which logs it before there is a handler.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (failure instanceof Http2FrameStreamException request) {
            context.writeAndFlush(new DefaultHttp2ResetFrame(request.error()).stream(request.stream()));
        } else if (!(failure instanceof Http2Exception || failure instanceof IOException)) {
            context.fireExceptionCaught(failure);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        forget();
        pings.values().forEach(ping -> ping.cancel(false));
        context.fireChannelInactive();
    }
}

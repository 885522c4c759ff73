package io.kubescaler.webflux;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A client's connection that carries a stream, or the stream's part of a connection of HTTP/2. Without these rules, the
 * system goes on sending what a slow client has not read, for many minutes after the stream.
 */
public final class StreamConnection {

    /** For a client that reads slowly to take the last messages. */
    public static final Duration LAST_WRITE = Duration.ofSeconds(1);

    /** A client whose system acknowledges nothing for so long is treated as gone. */
    private static final Duration UNHEARD = Duration.ofSeconds(5);

    private final Channel channel;

    /** When nothing was unanswered, or the client's system answered last ({@link System#nanoTime}). */
    private volatile long heard = System.nanoTime();

    public StreamConnection(Channel channel) {
        this.channel = channel;
    }

    public static StreamConnection of(ServerHttpResponse response) {
        AtomicReference<Channel> channel = new AtomicReference<>();
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        server.withConnection(connection -> channel.set(connection.channel()));
        return new StreamConnection(channel.get());
    }

    public Channel channel() {
        return channel;
    }

    /** From now on, whoever closes the connection, what the client has not read is discarded. Nothing with HTTP/2. */
    public void discardOnClose() {
        discardOnClose(channel);
    }

    static void discardOnClose(Channel channel) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException closed) {
            // There is nothing to discard.
        }
    }

    /**
     * From now on, if the connection is closed on this side, the client first gets the rest of the stream. It has
     * {@link #LAST_WRITE} to take it and to close its own side. With HTTP/2, it has as long from now on to take it, or the
     * connection is closed, unless it carries other responses.
     */
    public void waitOnClose() {
        if (channel instanceof Http2StreamChannel response) {
            channel.eventLoop().execute(() -> SharedConnection.end(response));
        } else {
            channel.pipeline().addFirst(new LastWrite());
        }
    }

    /**
     * Closes the connection at once and discards what the client has not read. With HTTP/2, resets the stream; the client
     * has {@link #LAST_WRITE} to take that, or the connection is closed, unless it carries other responses.
     *
     * @return completes when it is closed
     */
    public Mono<Void> cutOff() {
        if (!channel.isRegistered() && !(channel instanceof Http2StreamChannel)) {
            return Mono.empty(); // The client has left; Reactor Netty then has a channel of no connection.
        }
        discardOnClose();
        channel.eventLoop().execute(() -> {
            if (channel instanceof Http2StreamChannel response) {
                SharedConnection.end(response);
            }
            channel.unsafe().close(channel.voidPromise());
        });
        return FutureMono.from(channel.closeFuture());
    }

    /**
     * Whether the client's system acknowledges what is sent, whether or not the client reads it. Known on Linux only;
     * elsewhere always true. Each call also notes whether something is unanswered, for the next ones: the more often it is
     * called, the less does an acknowledgement that is on its way count as missing.
     */
    public boolean isHeard() {
        Channel connection = channel instanceof Http2StreamChannel ? channel.parent() : channel;
        if (!(connection instanceof EpollSocketChannel socket)) {
            return true;
        }
        try {
            EpollTcpInfo info = socket.tcpInfo();
            long now = System.nanoTime();
            long lastAnswer = now - TimeUnit.MILLISECONDS.toNanos(info.lastAckRecv());
            // If the client has taken nothing for a while, the system sends probes only.
            boolean answered = info.unacked() == 0 && info.probes() == 0;
            if (answered && channel instanceof Http2StreamChannel response && isLongAgo(lastAnswer, now)) {
                SharedConnection.probe(response);
            }
            heard = answered ? now : Math.max(heard, lastAnswer);
            return !isLongAgo(heard, now);
        } catch (ChannelException closed) {
            return false;
        }
    }

    private static boolean isLongAgo(long then, long now) {
        return now - then >= UNHEARD.toNanos();
    }

    private static final class LastWrite extends ChannelOutboundHandlerAdapter {

        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {
            if (!(context.channel() instanceof DuplexChannel socket) || socket.isOutputShutdown()) {
                context.close(promise);
                return;
            }
            socket.shutdownOutput();
            Future<?> limit =
                    context.executor().schedule(() -> context.close(), LAST_WRITE.toMillis(), TimeUnit.MILLISECONDS);
            socket.closeFuture().addListener(closed -> {
                limit.cancel(false);
                promise.trySuccess();
            });
        }
    }
}

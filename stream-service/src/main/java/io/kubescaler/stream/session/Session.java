package io.kubescaler.stream.session;

import io.kubescaler.api.Pair;
import io.kubescaler.redlock.Lease;
import io.kubescaler.stream.message.Event;
import io.kubescaler.stream.message.Feed;
import io.kubescaler.stream.message.Outlet;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.FutureMono;

/** One client's stream of one pair. Anyone with its token may resume or end it. */
final class Session {

    /** Why the server ends a stream; the last event reports it. */
    enum EndReason {
        /** The instance is about to stop. */
        DRAIN,
        /** The lock is no longer ours. */
        LOST,
        /** The client ended the session, or resumed it over another connection. */
        CLOSED,
        /** The user is no longer bound to the profile. */
        UNBOUND,
        /** The client's access token is no longer accepted. */
        EXPIRED
    }

    /** A client whose system acknowledges nothing for so long is treated as gone. */
    private static final Duration UNHEARD = Duration.ofSeconds(5);

    /** For a client that reads slowly to take the last messages. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(1);

    /** Later than that: the client, or a proxy, notices a reset, but not that the system gives up. */
    private static final Duration SYSTEM_GIVES_UP = LAST_WRITE.plusMillis(500);

    private static final Duration LONGEST_TIMER = Duration.ofDays(365);

    private final Pair pair;
    private final Lease lease;
    private final Consumer<Session> keep;
    private final Channel channel;
    private final @Nullable Instant expires;
    private final Sinks.One<EndReason> end = Sinks.one();
    private final Outlet outlet;
    private boolean ended;
    private boolean announced;
    private boolean left;

    /**
     * @param expires when the session ends because of its client's access token; null for never
     * @param keep called once when the session is announced
     */
    Session(Pair pair, Lease lease, Channel channel, @Nullable Instant expires, Consumer<Session> keep) {
        this.pair = pair;
        this.lease = lease;
        this.keep = keep;
        this.channel = channel;
        this.expires = expires;
        this.outlet = new Outlet(channel, () -> !ended && lease.isValid(), lease.epoch());
    }

    Pair pair() {
        return pair;
    }

    Lease lease() {
        return lease;
    }

    /** For a client with HTTP/1.0, before its stream. */
    void writeWithoutChunks() {
        outlet.writeWithoutChunks();
    }

    /** Records that the token was sent to the client, which may come back with it: from now on the lock is kept. */
    synchronized void announced() {
        if (!left) {
            announced = true;
            keep.accept(this);
        }
    }

    synchronized boolean isAnnounced() {
        return announced;
    }

    /** The client is gone. @param ifAnnounced what to do if it may know the token, and come back with it */
    synchronized void leave(Runnable ifAnnounced, Runnable ifNot) {
        left = true;
        (announced ? ifAnnounced : ifNot).run();
    }

    /**
     * Sends the messages of the feed, from subscription until the session ends. Then it emits why the session ended; it
     * completes empty if the connection is closed.
     */
    Mono<EndReason> stream(Feed feed) {
        ChannelFutureListener closed = future -> end.tryEmitEmpty();
        Disposable.Swap expiry = Disposables.swap();
        return end.asMono()
                .doFirst(() -> {
                    // Until the last event: whoever closes the connection, nothing is sent any more.
                    discardOnClose(true);
                    feed.join(outlet);
                    expiry.update(expire());
                    channel.closeFuture().addListener(closed);
                })
                .doFinally(signal -> {
                    feed.leave(outlet);
                    expiry.dispose();
                    // The connection may be used for another request.
                    channel.closeFuture().removeListener(closed);
                });
    }

    /** Ends the session in time. */
    private Disposable expire() {
        if (expires == null) {
            return Disposables.disposed();
        }
        // A token may be good for longer than a timer can wait.
        long seconds = Math.min(LONGEST_TIMER.toSeconds(), Instant.now().until(expires, ChronoUnit.SECONDS));
        Future<?> timer = channel.eventLoop().schedule(() -> end(EndReason.EXPIRED), seconds, TimeUnit.SECONDS);
        return () -> timer.cancel(false);
    }

    /**
     * Whether the client's system acknowledges what is sent, whether or not the client reads it. Known on Linux only;
     * elsewhere always true.
     */
    boolean isHeard() {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return true;
        }
        try {
            EpollTcpInfo connection = socket.tcpInfo();
            return connection.unacked() == 0 || connection.lastAckRecv() < UNHEARD.toMillis();
        } catch (ChannelException closed) {
            return false;
        }
    }

    /** Writes the last event after all messages. A client that does not take it in time is cut off. */
    Mono<Void> finish(Event event) {
        return FutureMono.deferFuture(() -> {
                    discardOnClose(false);
                    return channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event.encode())));
                })
                .timeout(LAST_WRITE, Mono.fromRunnable(this::cutOff))
                // The client is gone, or the system has cut it off: no error of this instance.
                .onErrorComplete(IOException.class);
    }

    /** Ends the session; the first reason counts. */
    void end(EndReason reason) {
        channel.eventLoop().execute(() -> {
            ended = true;
            if (channel instanceof EpollSocketChannel socket && channel.isOpen()) {
                // The system closes the connection if the client does not take the rest. Other transports cannot.
                socket.config().setTcpUserTimeout(Math.toIntExact(SYSTEM_GIVES_UP.toMillis()));
            }
            if (reason == EndReason.LOST && holdsMessages()) {
                // Discard what this slow client has not read: it must not arrive when another may have the lock.
                cutOff();
            }
            end.tryEmitValue(reason);
        });
    }

    private boolean holdsMessages() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return unsent != null && unsent.totalPendingWriteBytes() > 0;
    }

    /** Closes the connection and discards what the client has not read. */
    void cutOff() {
        discardOnClose(true);
        channel.close();
    }

    /** Without it, the system goes on sending what the client has not read, for many minutes after the close. */
    private void discardOnClose(boolean discard) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, discard ? 0 : -1);
        } catch (ChannelException closed) {
            // There is nothing to discard.
        }
    }
}

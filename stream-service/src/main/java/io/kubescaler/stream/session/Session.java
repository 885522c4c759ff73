package io.kubescaler.stream.session;

import io.kubescaler.api.Pair;
import io.kubescaler.redlock.Lease;
import io.kubescaler.stream.message.Event;
import io.kubescaler.stream.message.Feed;
import io.kubescaler.stream.message.Outlet;
import io.kubescaler.webflux.StreamConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
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

    private static final Duration LONGEST_TIMER = Duration.ofDays(365);

    private final Pair pair;
    private final Lease lease;
    private final Consumer<Session> keep;
    private final StreamConnection connection;
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
    Session(Pair pair, Lease lease, StreamConnection connection, @Nullable Instant expires, Consumer<Session> keep) {
        this.pair = pair;
        this.lease = lease;
        this.keep = keep;
        this.connection = connection;
        this.expires = expires;
        this.outlet = new Outlet(connection.channel(), () -> !ended && lease.isValid(), lease.epoch());
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
     * Sends the first event, which announces the session, and the messages of the feed, from subscription until the
     * session ends. Then it emits why the session ended; it completes empty if the connection is closed, or if the lease
     * ended before the first event: that is not sent, and the client comes back with the token that it has, if any.
     */
    Mono<EndReason> stream(Event first, Feed feed) {
        ChannelFutureListener closed = future -> end.tryEmitEmpty();
        Channel channel = connection.channel();
        Disposable.Swap expiry = Disposables.swap();
        return end.asMono()
                .doFirst(() -> {
                    connection.discardOnClose();
                    feed.join(outlet, first, this::announced, end::tryEmitEmpty);
                    expiry.update(expire());
                    channel.closeFuture().addListener(closed);
                })
                .doFinally(signal -> {
                    feed.leave(outlet);
                    expiry.dispose();
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
        Future<?> timer =
                connection.channel().eventLoop().schedule(() -> end(EndReason.EXPIRED), seconds, TimeUnit.SECONDS);
        return () -> timer.cancel(false);
    }

    boolean isHeard() {
        return connection.isHeard();
    }

    /** Writes the last event after all messages. A client that does not take it in time is cut off. */
    Mono<Void> finish(Event event) {
        return FutureMono.deferFuture(() -> {
                    connection.waitOnClose();
                    return connection
                            .channel()
                            .writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event.encode())));
                })
                .timeout(StreamConnection.LAST_WRITE, Mono.fromRunnable(this::cutOff))
                // The client is gone, or the system has cut it off: no error of this instance.
                .onErrorComplete(IOException.class);
    }

    /** Ends the session; the first reason counts. */
    void end(EndReason reason) {
        connection.channel().eventLoop().execute(() -> {
            ended = true;
            if (reason == EndReason.LOST && holdsMessages()) {
                // Discard what this slow client has not read: it must not arrive when another may have the lock.
                cutOff();
            }
            end.tryEmitValue(reason);
        });
    }

    private boolean holdsMessages() {
        ChannelOutboundBuffer unsent = connection.channel().unsafe().outboundBuffer();
        return unsent != null && unsent.totalPendingWriteBytes() > 0;
    }

    void cutOff() {
        connection.cutOff();
    }
}

package io.kubescaler.stream.session;

import io.kubescaler.redlock.Lease;
import io.kubescaler.stream.message.Event;
import io.kubescaler.stream.message.Feed;
import io.kubescaler.stream.message.Outlet;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultHttpContent;
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
        CLOSED
    }

    private final Lease lease;
    private final Channel channel;
    private final Sinks.One<EndReason> end = Sinks.one();
    private final Outlet outlet;
    private boolean ended;
    private volatile boolean announced;

    Session(Lease lease, Channel channel) {
        this.lease = lease;
        this.channel = channel;
        this.outlet = new Outlet(channel, () -> !ended && lease.isValid());
    }

    Lease lease() {
        return lease;
    }

    /** Records that the token was sent to the client. */
    void announced() {
        announced = true;
    }

    /** Whether the client may know the token, and come back with it. */
    boolean isAnnounced() {
        return announced;
    }

    /**
     * Sends the messages of the feed, from subscription until the session ends. Then it emits why the session ended; it
     * completes empty if the connection is closed.
     */
    Mono<EndReason> stream(Feed feed) {
        ChannelFutureListener closed = future -> end.tryEmitEmpty();
        return end.asMono()
                .doFirst(() -> {
                    feed.join(outlet);
                    channel.closeFuture().addListener(closed);
                })
                .doFinally(signal -> {
                    feed.leave(outlet);
                    // The connection may be used for another request.
                    channel.closeFuture().removeListener(closed);
                });
    }

    /** Writes an event after all messages; completes when the kernel has taken it. */
    Mono<Void> write(Event event) {
        return FutureMono.deferFuture(
                () -> channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event.encode()))));
    }

    /** Ends the session; the first reason counts. */
    void end(EndReason reason) {
        channel.eventLoop().execute(() -> {
            ended = true;
            if (reason == EndReason.LOST && channel.isOpen() && !channel.isWritable()) {
                // Discard what this slow client has not read: it must not arrive when another may have the lock.
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            }
            end.tryEmitValue(reason);
        });
    }

    /** Closes the connection, for a client that does not read. */
    void cutOff() {
        channel.close();
    }
}

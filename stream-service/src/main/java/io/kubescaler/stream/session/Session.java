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

/** One client's stream of one pair. Whoever has its token may resume or end it. */
final class Session {

    /** Why the server ends a stream, as the client is told. */
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

    /** Its client was sent its token. */
    void announced() {
        announced = true;
    }

    /** Whether the client may know the token, and come back with it. */
    boolean isAnnounced() {
        return announced;
    }

    /**
     * Lets the messages of the feed through, from subscription until the session ends; then says why it did, or nothing if
     * the connection is closed.
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
                // What this slow client has not taken yet must not reach it when the lock may be another's.
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            }
            end.tryEmitValue(reason);
        });
    }

    /** Closes the connection of a client that does not take what it is sent. */
    void cutOff() {
        channel.close();
    }
}

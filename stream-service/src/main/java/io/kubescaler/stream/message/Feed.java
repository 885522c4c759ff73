package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The streams of this instance that carry the same messages. A message is encoded once, and every event loop is woken
 * once for it and walks its own streams, so that a stream costs no timer, no queue and no copy.
 */
public final class Feed {

    private static final ByteBuf COMMENT = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes(":\n\n".getBytes(StandardCharsets.US_ASCII)));

    private final Duration stallTimeout;
    private final Duration keepAlive;
    private final FeedMetrics metrics;
    /** Of the event loops that have a stream of this feed; each changes its own entry. */
    private final Map<EventLoop, Walk> walks = new ConcurrentHashMap<>();

    Feed(StreamSettings settings, FeedMetrics metrics) {
        stallTimeout = settings.stallTimeout();
        keepAlive = settings.keepAlive();
        this.metrics = metrics;
    }

    /** Starts to send messages there. */
    public void join(Outlet outlet) {
        EventLoop loop = outlet.channel().eventLoop();
        loop.execute(() -> walks.computeIfAbsent(loop, Walk::new).outlets.add(outlet));
    }

    /** Sends nothing there any more. */
    public void leave(Outlet outlet) {
        EventLoop loop = outlet.channel().eventLoop();
        // Always in a task of its own: a write of the walk that fails may lead here.
        loop.execute(() -> {
            Walk walk = walks.get(loop);
            if (walk != null && walk.outlets.remove(outlet) && walk.outlets.isEmpty()) {
                walk.comments.cancel(false);
                walks.remove(loop);
            }
        });
    }

    /** Sends a message to every stream whose client keeps up; the buffer stays the caller's. */
    void offer(ByteBuf message) {
        walks.values().forEach(walk -> walk.offer(message));
    }

    /** The streams of one event loop. */
    private final class Walk {

        private final EventLoop loop;
        /** Touched by the event loop alone. */
        private final Set<Outlet> outlets = new LinkedHashSet<>();

        private final AtomicBoolean underWay = new AtomicBoolean();
        private final Future<?> comments;

        Walk(EventLoop loop) {
            this.loop = loop;
            long period = keepAlive.toNanos();
            comments = loop.scheduleAtFixedRate(this::keepAlive, period, period, TimeUnit.NANOSECONDS);
        }

        /** An event loop that has not finished the message before is not given one more to keep. */
        void offer(ByteBuf message) {
            if (underWay.compareAndSet(false, true)) {
                message.retain();
                loop.execute(() -> {
                    try {
                        walk(message);
                    } finally {
                        message.release();
                        underWay.set(false);
                    }
                });
            } else {
                loop.execute(() -> metrics.dropped(outlets.size()));
            }
        }

        private void walk(ByteBuf message) {
            int reached = 0;
            for (Outlet outlet : outlets) {
                if (send(outlet, message)) {
                    reached++;
                }
            }
            metrics.sent(reached, message.readableBytes());
            metrics.dropped(outlets.size() - reached);
        }

        private void keepAlive() {
            for (Outlet outlet : outlets) {
                if (outlet.silentFor() >= keepAlive.toNanos() / 2) {
                    send(outlet, COMMENT);
                }
            }
        }

        private boolean send(Outlet outlet, ByteBuf event) {
            boolean sent = outlet.offer(event);
            if (!sent && outlet.silentFor() > stallTimeout.toNanos()) {
                outlet.channel().close();
            }
            return sent;
        }
    }
}

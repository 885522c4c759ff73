package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The streams of this instance that carry the same messages. A message is encoded once, and every event loop is woken
 * once for it and walks its own streams, so that a stream costs no timer, no queue and no copy.
 */
public final class Feed {

    private static final ByteBuf COMMENT = Unpooled.unreleasableBuffer(Outlet.chunk(Event.COMMENT));

    private final Duration stallTimeout;
    private final Duration keepAlive;
    private final FeedMetrics metrics;
    private final Mono<Void> begun;
    /** Of the event loops that have a stream of this feed; each changes its own entry. */
    private final Map<EventLoop, Walk> walks = new ConcurrentHashMap<>();

    /** @param begun completes before a new stream sends its first event */
    Feed(StreamSettings settings, FeedMetrics metrics, Mono<Void> begun) {
        this.begun = begun;
        stallTimeout = settings.stallTimeout();
        keepAlive = settings.keepAlive();
        this.metrics = metrics;
    }

    /** Completes when a message that is published from now on will be carried. Never fails. */
    public Mono<Void> begun() {
        return begun;
    }

    /**
     * Starts a stream. A client that has received the first event gets each message that is published from then on.
     *
     * @param sent called when the system has taken the first event
     * @param over called instead if nothing may be written there any more
     */
    public void join(Outlet outlet, Event first, Runnable sent, Runnable over) {
        EventLoop loop = outlet.channel().eventLoop();
        loop.execute(() -> {
            try {
                outlet.open();
                // Before the client can publish: a message goes to the walks that there are.
                Walk walk = walks.computeIfAbsent(loop, Walk::new);
                walk.outlets.add(outlet);
                outlet.begin(first, sent, over);
            } catch (OutOfMemoryError e) {
                // Netty's own passes by itself: the client may come back.
                outlet.channel().close();
                throw e;
            }
        });
    }

    /** Sends nothing there any more. */
    public void leave(Outlet outlet) {
        EventLoop loop = outlet.channel().eventLoop();
        // Always in a task of its own: a write of the walk that fails may lead here.
        loop.execute(() -> {
            outlet.close();
            Walk walk = walks.get(loop);
            if (walk != null) {
                walk.remove(outlet);
                if (walk.outlets.isEmpty()) {
                    walk.comments.cancel(false);
                    walks.remove(loop);
                }
            }
        });
    }

    /**
     * Sends a message to every stream that keeps up, now or not at all.
     *
     * @param message a {@link Outlet#chunk}, which stays the caller's
     */
    void offer(ByteBuf message) {
        for (Walk walk : walks.values()) {
            if (walk.idle.tryAcquire()) {
                walk.begin(message, false);
            } else {
                // An event loop that has not finished the message before is not given one more to keep.
                walk.execute(() -> metrics.dropped(walk.outlets.size()));
            }
        }
    }

    /**
     * Sends a message to every stream, and waits for event loops that have not finished the one before. A client that
     * does not keep up gets the newest message when it has taken what it was sent.
     *
     * @param message a {@link Outlet#chunk}, which stays the caller's
     */
    void send(ByteBuf message) throws InterruptedException {
        for (Walk walk : walks.values()) {
            walk.idle.acquire();
            walk.begin(message, true);
        }
    }

    /** The streams of one event loop. */
    private final class Walk {

        private final EventLoop loop;
        /** Touched by the event loop alone. */
        private final Set<Outlet> outlets = new LinkedHashSet<>();

        /** Those of them that are to get {@link #newest} when they have taken what they were sent. */
        private final Set<Outlet> behind = new HashSet<>();

        private @Nullable ByteBuf newest;
        private final Semaphore idle = new Semaphore(1);
        private final Future<?> comments;

        Walk(EventLoop loop) {
            this.loop = loop;
            long period = keepAlive.toNanos();
            comments = loop.scheduleAtFixedRate(this::keepAlive, period, period, TimeUnit.NANOSECONDS);
        }

        void begin(ByteBuf message, boolean keepNewest) {
            message.retain();
            boolean begun = execute(() -> {
                try {
                    walk(message, keepNewest);
                } finally {
                    finish(message);
                }
            });
            if (!begun) {
                finish(message);
            }
        }

        private void finish(ByteBuf message) {
            message.release();
            idle.release();
        }

        /** Returns false if the event loop has stopped, and its streams with it. */
        boolean execute(Runnable task) {
            try {
                loop.execute(task);
                return true;
            } catch (RejectedExecutionException stopped) {
                return false;
            }
        }

        private void walk(ByteBuf message, boolean keepNewest) {
            int reached = 0;
            int missed = 0;
            for (Outlet outlet : outlets) {
                if (send(outlet, message)) {
                    reached++;
                    missed += behind.remove(outlet) ? 1 : 0;
                } else if (keepNewest && behind.add(outlet)) {
                    outlet.whenTaken(() -> catchUp(outlet));
                } else {
                    missed++;
                }
            }
            metrics.sent(reached, message.readableBytes());
            metrics.dropped(missed);
            keep(message);
        }

        private void catchUp(Outlet outlet) {
            ByteBuf message = newest;
            if (message != null && behind.remove(outlet)) {
                if (send(outlet, message)) {
                    metrics.sent(1, message.readableBytes());
                }
                keep(message);
            }
        }

        /** Keeps this message for those who are behind, instead of the one before. */
        private void keep(ByteBuf message) {
            ByteBuf before = newest;
            newest = behind.isEmpty() ? null : message.retain();
            ReferenceCountUtil.release(before);
        }

        void remove(Outlet outlet) {
            outlets.remove(outlet);
            if (behind.remove(outlet) && newest != null) {
                keep(newest);
            }
        }

        private void keepAlive() {
            for (Outlet outlet : outlets) {
                if (outlet.silentFor() >= keepAlive.toNanos() / 2) {
                    closeIfStalled(outlet, outlet.offer(COMMENT));
                }
            }
        }

        private boolean send(Outlet outlet, ByteBuf message) {
            return closeIfStalled(outlet, outlet.offerMessage(message));
        }

        private boolean closeIfStalled(Outlet outlet, boolean sent) {
            if (!sent && outlet.silentFor() > stallTimeout.toNanos()) {
                outlet.channel().close();
            }
            return sent;
        }
    }
}

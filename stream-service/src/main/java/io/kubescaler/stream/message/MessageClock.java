package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Hands each message to all streams of this instance at once. A message is encoded once, and every event loop is woken
 * once for it and walks its own streams, so that a stream costs no timer, no queue and no copy.
 */
@Component
public class MessageClock {

    private static final Logger log = LoggerFactory.getLogger(MessageClock.class);

    private final MessageSource source;
    private final Duration interval;
    private final Duration stallTimeout;
    private final Duration keepAlive;
    private final Map<EventLoop, Walk> walks = new ConcurrentHashMap<>();
    private final ByteBuf comment = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes(":\n\n".getBytes(StandardCharsets.US_ASCII)));
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "message-clock");
        thread.setDaemon(true);
        return thread;
    });
    private final Counter sent;
    private final Counter dropped;
    private final Counter sentBytes;

    private long lastTick = System.nanoTime();

    MessageClock(MessageSource source, StreamSettings settings, MeterRegistry metrics) {
        this.source = source;
        interval = settings.messageInterval();
        keepAlive = settings.keepAlive();
        stallTimeout = settings.stallTimeout();
        sent = Counter.builder("kubescaler.stream.messages.sent")
                .description("Messages written to clients")
                .register(metrics);
        dropped = Counter.builder("kubescaler.stream.messages.dropped")
                .description("Messages that clients missed because they were slower than their stream")
                .register(metrics);
        sentBytes = Counter.builder("kubescaler.stream.sent")
                .baseUnit("bytes")
                .description("Bytes of the messages written to clients")
                .register(metrics);
        ticks.scheduleAtFixedRate(this::tick, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
        ticks.scheduleAtFixedRate(this::keepAlive, keepAlive.toNanos(), keepAlive.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Starts to send messages there. */
    public void join(Outlet outlet) {
        EventLoop loop = outlet.channel().eventLoop();
        Walk walk = walks.computeIfAbsent(loop, Walk::new);
        loop.execute(() -> walk.outlets.add(outlet));
    }

    /** Sends nothing there any more. */
    public void leave(Outlet outlet) {
        EventLoop loop = outlet.channel().eventLoop();
        Walk walk = walks.get(loop);
        if (walk != null) {
            // Always in a task of its own: a write of the walk that fails may lead here.
            loop.execute(() -> walk.outlets.remove(outlet));
        }
    }

    /** All streams are ended now, and event loops that are still given work take their time to stop. */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        ticks.shutdownNow();
    }

    private void tick() {
        long now = System.nanoTime();
        // After a pause of the whole process the executor would make up for every tick it missed.
        if (now - lastTick < interval.toNanos() / 2) {
            return;
        }
        lastTick = now;
        try {
            ByteBuf message = source.next();
            try {
                walks.values().forEach(walk -> walk.send(message));
            } finally {
                message.release();
            }
        } catch (RuntimeException e) {
            log.error("A message was left out", e);
        }
    }

    private void keepAlive() {
        walks.values().forEach(walk -> walk.loop.execute(walk::keepAlive));
    }

    /** The streams of one event loop. */
    private final class Walk {

        private final EventLoop loop;
        /** Touched by the event loop alone. */
        private final Set<Outlet> outlets = new LinkedHashSet<>();

        private final AtomicBoolean underWay = new AtomicBoolean();

        Walk(EventLoop loop) {
            this.loop = loop;
        }

        /** An event loop that has not finished the message before is not given one more to keep. */
        void send(ByteBuf message) {
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
                loop.execute(() -> dropped.increment(outlets.size()));
            }
        }

        private void walk(ByteBuf message) {
            int reached = 0;
            for (Outlet outlet : outlets) {
                if (outlet.offer(message)) {
                    reached++;
                } else if (outlet.silentFor() > stallTimeout.toNanos()) {
                    outlet.channel().close();
                }
            }
            sent.increment(reached);
            sentBytes.increment((double) reached * message.readableBytes());
            dropped.increment(outlets.size() - reached);
        }

        void keepAlive() {
            for (Outlet outlet : outlets) {
                if (outlet.silentFor() >= keepAlive.toNanos() / 2) {
                    outlet.offer(comment);
                }
            }
        }
    }
}

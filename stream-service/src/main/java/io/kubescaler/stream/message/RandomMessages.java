package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Random letters and digits, numbered from 1, at the ticks of one clock and the same for all streams of this instance.
 */
@Component
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "random", matchIfMissing = true)
class RandomMessages implements MessageSource {

    private static final Logger log = LoggerFactory.getLogger(RandomMessages.class);

    private static final int BYTES_IN_A_GROUP = 3;
    private static final int LETTERS_IN_A_GROUP = 4;

    private final Feed feed;
    private final FeedMetrics metrics;
    private final Duration interval;
    private final SplittableRandom random = new SplittableRandom();
    private final String instance;
    private final int size;
    private final byte[] noise;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "message-clock");
        thread.setDaemon(true);
        return thread;
    });
    private long sequence;
    private long lastTick = System.nanoTime();

    RandomMessages(StreamSettings settings, FeedMetrics metrics) {
        this.metrics = metrics;
        feed = new Feed(settings, metrics, Mono.empty());
        interval = settings.messageInterval();
        instance = settings.instance();
        size = Math.toIntExact(settings.messageSize().toBytes());
        noise = new byte[(size + LETTERS_IN_A_GROUP - 1) / LETTERS_IN_A_GROUP * BYTES_IN_A_GROUP];
        clock.scheduleAtFixedRate(this::tick, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public Feed open(UUID profile) {
        return feed;
    }

    @Override
    public void close(UUID profile) {
        // The next stream, of any profile, carries the same.
    }

    /** All streams are ended now, and event loops that are still given work take their time to stop. */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        clock.shutdownNow();
    }

    private void tick() {
        long now = System.nanoTime();
        // After a pause of the whole process the executor would make up for every tick it missed.
        if (now - lastTick < interval.toNanos() / 2) {
            metrics.skipped();
            return;
        }
        lastTick = now;
        try {
            ByteBuf message = next();
            try {
                feed.offer(message);
            } finally {
                message.release();
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            // Thrown from here, it would stop the clock for good; Netty's own OutOfMemoryError passes by itself.
            log.error("A message was left out", e);
        }
    }

    private ByteBuf next() {
        random.nextBytes(noise);
        String letters = Base64.getUrlEncoder().encodeToString(noise).substring(0, size);
        String data = "{\"sequence\":%d,\"instance\":\"%s\",\"timestamp\":\"%s\",\"message\":\"%s\"}"
                .formatted(++sequence, instance, Instant.now(), letters);
        return Outlet.chunk(Event.message(data.getBytes(StandardCharsets.US_ASCII)));
    }
}

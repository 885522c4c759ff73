package io.kubescaler.stream.message;

import static org.awaitility.Awaitility.await;

import io.kubescaler.redlock.redisson.RedissonNodes;
import io.kubescaler.service.lock.RedisSettings;
import io.kubescaler.stream.StreamSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.stream.StreamMessageId;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

class RedisMessagesTest {

    private static final URI NOWHERE = URI.create("redis://127.0.0.1:1");
    private static final URI MASTER = URI.create("redis://127.0.0.1:2");
    private static final MessagesSettings MESSAGES = new MessagesSettings(NOWHERE, 1, DataSize.ofKilobytes(1));
    private static final StreamSettings SETTINGS = new StreamSettings(
            "test",
            StreamSettings.Source.REDIS,
            DataSize.ofBytes(100),
            Duration.ofMillis(100),
            Duration.ofSeconds(15),
            Duration.ofMinutes(1),
            DataSize.ofKilobytes(256));

    private final RedissonNodes masters = RedissonNodes.connect(List.of(MASTER));
    private final AtomicInteger reads = new AtomicInteger();

    @AfterEach
    void close() {
        masters.close();
    }

    @Test
    void readsOnAfterAnErrorOfMemory() throws IOException {
        try (Publications publications = new OutOfMemory()) {
            RedisMessages messages = new RedisMessages(
                    publications, SETTINGS, MESSAGES, new FeedMetrics(new SimpleMeterRegistry()), new JsonMapper());
            try {
                await().until(() -> reads.get() > 1);
            } finally {
                messages.stop();
            }
        }
    }

    /** Each of its reads fails as when Netty has no memory left. */
    private final class OutOfMemory extends Publications {

        OutOfMemory() throws IOException {
            super(MESSAGES, new RedisSettings(List.of(MASTER), Duration.ofSeconds(1)), masters);
        }

        @Override
        void connect() {
            // Nothing to connect to.
        }

        @Override
        Map<String, List<Entry>> read(Map<String, StreamMessageId> after) {
            reads.incrementAndGet();
            throw new OutOfMemoryError("deliberate");
        }
    }
}

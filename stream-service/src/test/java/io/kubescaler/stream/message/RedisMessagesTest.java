package io.kubescaler.stream.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.RedisKeys;
import io.kubescaler.redlock.redisson.RedissonNodes;
import io.kubescaler.service.lock.RedisSettings;
import io.kubescaler.stream.StreamSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.client.RedisException;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

class RedisMessagesTest {

    private static final URI NOWHERE = URI.create("redis://127.0.0.1:1");
    private static final URI MASTER = URI.create("redis://127.0.0.1:2");
    private static final MessagesSettings MESSAGES =
            new MessagesSettings(NOWHERE, null, null, 1, DataSize.ofKilobytes(1), null);
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

    @Test
    void readsTheOthersBesideAProfileWhoseCounterFails() throws IOException {
        UUID bad = UUID.randomUUID();
        UUID good = UUID.randomUUID();
        try (BadCounter publications = new BadCounter(RedisKeys.messages(bad))) {
            RedisMessages messages = new RedisMessages(
                    publications, SETTINGS, MESSAGES, new FeedMetrics(new SimpleMeterRegistry()), new JsonMapper());
            try {
                messages.open(bad);
                await().until(publications.failed::get);
                messages.open(good);
                await().untilAsserted(
                                () -> assertThat(publications.read.get()).containsExactly(RedisKeys.messages(good)));
            } finally {
                messages.stop();
            }
        }
    }

    /** The counter of one profile fails as a script does that finds a value of another kind. */
    private final class BadCounter extends Publications {

        private final String bad;
        private final AtomicBoolean failed = new AtomicBoolean();
        private final AtomicReference<Set<String>> read = new AtomicReference<>(Set.of());

        BadCounter(String bad) throws IOException {
            super(
                    MESSAGES,
                    new RedisSettings(List.of(MASTER), null, null, null, Duration.ofSeconds(1)),
                    masters,
                    new DefaultSslBundleRegistry());
            this.bad = bad;
        }

        @Override
        void connect() {
            // Nothing to connect to.
        }

        @Override
        CompletionStage<Count> count(String name, @Nullable StreamMessageId entry, long known) {
            if (name.equals(bad)) {
                failed.set(true);
                return CompletableFuture.failedStage(new RedisException(
                        "ERR Error running script (call to f_1): @user_script:10: bad argument #1 to 'max'"));
            }
            return CompletableFuture.completedStage(new Count(0, StreamMessageId.MIN));
        }

        @Override
        Map<String, List<Entry>> read(Map<String, StreamMessageId> after) {
            read.set(Set.copyOf(after.keySet()));
            return Map.of();
        }
    }

    /** Each of its reads fails as when Netty has no memory left. */
    private final class OutOfMemory extends Publications {

        OutOfMemory() throws IOException {
            super(
                    MESSAGES,
                    new RedisSettings(List.of(MASTER), null, null, null, Duration.ofSeconds(1)),
                    masters,
                    new DefaultSslBundleRegistry());
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

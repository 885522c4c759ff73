package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InboxTest {

    private static final Duration ENOUGH = Duration.ofSeconds(10);

    private final Inbox<String> inbox = new Inbox<>();
    private final AtomicInteger requests = new AtomicInteger();

    @Test
    void requestsMoreIfAnotherThreadHasTakenWhatCame() {
        CompletableFuture<Optional<String>> waiting = CompletableFuture.supplyAsync(this::next);
        await().until(() -> requests.get() == 1);

        synchronized (inbox) {
            inbox.put("first");
            assertThat(next()).hasValue("first");
        }

        await().until(() -> requests.get() == 2);
        inbox.put("second");
        assertThat(waiting.join()).hasValue("second");
    }

    private Optional<String> next() {
        return inbox.next(ENOUGH, requests::incrementAndGet, () -> new StreamException("late"));
    }
}

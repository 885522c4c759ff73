package io.kubescaler.main.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SharedWalkTest {

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger walks = new AtomicInteger();

    @Test
    void isWalkedAgainWhenItsResultIsOld() {
        SharedWalk<Integer> walk = new SharedWalk<>(walks::incrementAndGet, now::get);

        assertThat(walk.result().join()).isEqualTo(1);
        pass(SharedWalk.KEPT.minusNanos(1));
        assertThat(walk.result().join()).isEqualTo(1);
        pass(Duration.ofNanos(1));
        assertThat(walk.result().join()).isEqualTo(2);
    }

    @Test
    void isKeptAsLongAsItTook() {
        Duration took = SharedWalk.KEPT.multipliedBy(3);
        SharedWalk<Integer> walk = new SharedWalk<>(
                () -> {
                    pass(took);
                    return walks.incrementAndGet();
                },
                now::get);

        assertThat(walk.result().join()).isEqualTo(1);
        pass(took.minusNanos(1));
        assertThat(walk.result().join()).isEqualTo(1);
        pass(Duration.ofNanos(1));
        assertThat(walk.result().join()).isEqualTo(2);
    }

    @Test
    void isOneForAllThatWaitUnlessItIsForgotten() {
        CompletableFuture<Integer> base = new CompletableFuture<>();
        SharedWalk<Integer> walk = new SharedWalk<>(() -> base.join() + walks.incrementAndGet(), now::get);

        CompletableFuture<Integer> first = walk.result();
        CompletableFuture<Integer> second = walk.result();
        walk.forget();
        CompletableFuture<Integer> third = walk.result();
        assertThat(first).isNotDone();
        base.complete(10);

        assertThat(first.join()).isEqualTo(second.join());
        assertThat(third.join()).isNotEqualTo(first.join());
        assertThat(walks).hasValue(2);
    }

    @Test
    void doesNotKeepAFailure() {
        SharedWalk<Integer> walk = new SharedWalk<>(
                () -> {
                    if (walks.incrementAndGet() == 1) {
                        throw new IllegalStateException("base");
                    }
                    return walks.get();
                },
                now::get);

        assertThatThrownBy(() -> walk.result().join()).hasRootCauseMessage("base");
        assertThat(walk.result().join()).isEqualTo(2);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}

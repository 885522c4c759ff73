package io.kubescaler.main.testdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LanesTest {

    private static final Runnable NO_CHECK = () -> {};

    private final List<Integer> items = IntStream.range(0, 1000).boxed().toList();
    private final Lanes lanes = new Lanes();

    @AfterEach
    void close() {
        lanes.close();
    }

    @Test
    void doesEverythingOnce() {
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        lanes.forEach(items, item -> assertThat(done.add(item)).isTrue(), NO_CHECK);
        assertThat(done).containsExactlyInAnyOrderElementsOf(items);
    }

    @Test
    void worksSideBySideButNeverOnMoreThanItsWidth() {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CyclicBarrier together = new CyclicBarrier(Lanes.WIDTH);
        lanes.forEach(
                items.subList(0, 4 * Lanes.WIDTH),
                item -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    await(together);
                    now.decrementAndGet();
                },
                NO_CHECK);
        assertThat(most).hasValue(Lanes.WIDTH);
    }

    @Test
    void beginsNothingMoreAfterAFailureAndWaitsForWhatIsUnderWay() {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        CyclicBarrier together = new CyclicBarrier(Lanes.WIDTH);
        CountDownLatch failureIsOver = new CountDownLatch(1);

        assertThatThrownBy(() -> lanes.forEach(
                        items,
                        item -> {
                            int place = begun.incrementAndGet();
                            await(together);
                            if (place == 1) {
                                // All threads are busy, so only the thread that fails here can start this.
                                CompletableFuture.runAsync(
                                        () -> lanes.forEach(List.of(0), next -> failureIsOver.countDown(), NO_CHECK));
                                throw new IllegalStateException("the first");
                            }
                            await(failureIsOver);
                            ended.incrementAndGet();
                        },
                        NO_CHECK))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the first");

        assertThat(begun).hasValue(Lanes.WIDTH);
        assertThat(ended).hasValue(Lanes.WIDTH - 1);
    }

    @Test
    void beginsNothingMoreWhenTheCheckThrows() {
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch checked = new CountDownLatch(1);

        int many = 1_000_000;
        assertThatThrownBy(() -> lanes.forEach(
                        Collections.nCopies(many, 0),
                        item -> {
                            begun.incrementAndGet();
                            await(checked);
                        },
                        () -> {
                            checked.countDown();
                            throw new IllegalStateException("the check");
                        }))
                .hasMessage("the check");

        int then = begun.get();
        assertThat(then).isLessThan(many);
        lanes.forEach(List.of(0), item -> {}, NO_CHECK);
        assertThat(begun).hasValue(then);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final Duration USABLE = Duration.ofMinutes(1);

    private static final Timing STOPPED = new Timing() {

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            throw new UnsupportedOperationException();
        }
    };

    @Test
    void losesNoAnswerOfRefreshesThatEndAtOnce() throws Exception {
        Lease lease = new Lease(
                Resources.next(), "token", "owner", Instant.EPOCH, false, 1, new Long[] {0L}, STOPPED, 1, USABLE);
        int refreshes = 100_000;
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Runnable refresh = () -> {
                for (int i = 0; i < refreshes; i++) {
                    lease.confirm(confirmed -> confirmed[0]++);
                }
            };
            for (Future<?> each : List.of(threads.submit(refresh), threads.submit(refresh))) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }

        assertThat(lease.remaining()).isEqualTo(USABLE.plusNanos(2 * refreshes));
    }
}

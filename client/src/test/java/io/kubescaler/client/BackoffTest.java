package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10));

    @Test
    void doublesUpToTheLongest() {
        assertThat(BACKOFF.delay(0, 1)).isEqualTo(Duration.ofMillis(500));
        assertThat(BACKOFF.delay(1, 1)).isEqualTo(Duration.ofMillis(1_000));
        assertThat(BACKOFF.delay(4, 1)).isEqualTo(Duration.ofMillis(8_000));
        assertThat(BACKOFF.delay(5, 1)).isEqualTo(Duration.ofMillis(10_000));
        assertThat(BACKOFF.delay(100_000, 1)).isEqualTo(Duration.ofMillis(10_000));
    }

    @Test
    void mayBeLongerThanNanosecondsCanCount() {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(new Backoff(Duration.ofSeconds(1), forever).delay(1, 1)).isEqualTo(Duration.ofSeconds(2));
        assertThat(new Backoff(forever, forever).delay(1, 1)).isGreaterThan(Duration.ofDays(100_000));
    }

    @Test
    void halfOfItIsRandom() {
        assertThat(BACKOFF.delay(1, 0)).isEqualTo(Duration.ofMillis(500));
        assertThat(BACKOFF.delay(1, 0.5)).isEqualTo(Duration.ofMillis(750));
    }

    @Test
    void rejectsAWaitOfNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    }
}

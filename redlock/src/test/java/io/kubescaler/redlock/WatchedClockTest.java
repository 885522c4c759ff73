package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchedClockTest {

    private static final Duration DAY = Duration.ofDays(1);

    private long monotonic = 7;
    private long wall = 1_700_000_000_000_000_000L;
    private Duration betweenTheReadings = Duration.ZERO;

    private final WatchedClock clock = new WatchedClock(() -> monotonic, () -> {
        run(betweenTheReadings);
        betweenTheReadings = Duration.ZERO;
        return wall;
    });
    private final long begin = clock.nanoTime();

    @Test
    void isTheMonotonicClock() {
        run(DAY);

        assertThat(passed()).isEqualTo(DAY);
    }

    @Test
    void countsTheTimeForWhichTheMonotonicClockStoodStill() {
        suspend(DAY);
        run(DAY);
        suspend(DAY);

        assertThat(passed()).isEqualTo(DAY.multipliedBy(3));
    }

    @Test
    void countsManyShortSuspensionsAsSoonAsTheyAddUp() {
        for (int i = 0; i < 1_000; i++) {
            suspend(WatchedClock.TOLERANCE.dividedBy(3));
            clock.nanoTime();
        }

        Duration suspended = WatchedClock.TOLERANCE.dividedBy(3).multipliedBy(1_000);
        assertThat(passed()).isBetween(suspended.minus(WatchedClock.TOLERANCE), suspended);
    }

    @Test
    void neverGoesBackThoughTheWallClockDoes() {
        run(DAY);
        wall -= DAY.multipliedBy(2).toNanos();
        assertThat(passed()).isEqualTo(DAY);

        suspend(DAY);
        assertThat(passed()).isEqualTo(DAY.multipliedBy(2));
    }

    @Test
    void countsNothingTwiceIfTheThreadIsInterruptedBetweenTheClocks() {
        betweenTheReadings = DAY;

        assertThat(passed()).isEqualTo(DAY);
        run(DAY);
        assertThat(passed()).isEqualTo(DAY.multipliedBy(2));
    }

    private void run(Duration time) {
        monotonic += time.toNanos();
        wall += time.toNanos();
    }

    private void suspend(Duration time) {
        wall += time.toNanos();
    }

    private Duration passed() {
        return Duration.ofNanos(clock.nanoTime() - begin);
    }
}

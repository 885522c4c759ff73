package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TimeTest {

    @Test
    void anAlarmMayBeSetForLongerThanNanosecondsCanCount() {
        AtomicBoolean rung = new AtomicBoolean();
        Runnable takeBack = Time.SYSTEM.after(Duration.ofSeconds(Long.MAX_VALUE), () -> rung.set(true));
        takeBack.run();
        assertThat(rung).isFalse();
    }
}

package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedLockSettingsTest {

    @Test
    void endsALeaseOnePercentAndTwoMillisecondsBeforeItsKeys() {
        assertThat(RedLockSettings.defaults().usable()).isEqualTo(Duration.ofMillis(60_000 - 600 - 2));
    }

    @Test
    void refusesALockThatCannotBeRefreshedInTime() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedLockSettings.defaults().withNodeTimeout(Duration.ofSeconds(6)))
                .withMessage(
                        "A lock of PT1M is too short to be refreshed every PT20S by nodes that may take PT6S to answer");
    }

    @Test
    void refusesTimesThatAreNotPositive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedLockSettings.defaults().withNodeTimeout(Duration.ZERO))
                .withMessageContaining("The timeout of a node must be positive");
    }
}

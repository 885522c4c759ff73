package io.kubescaler.system;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How long the tests wait for anything: a busy machine makes none of them fail. */
final class Patience {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Duration EVERY = Duration.ofMillis(500);

    private Patience() {}

    static ConditionFactory await() {
        return Awaitility.await().atMost(LIMIT).pollInterval(EVERY);
    }
}

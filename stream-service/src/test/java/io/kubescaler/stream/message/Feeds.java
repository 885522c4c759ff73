package io.kubescaler.stream.message;

import io.kubescaler.stream.StreamSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;

/** Feeds for tests of sessions. */
public final class Feeds {

    private Feeds() {}

    /** Carries no message, and is silent. */
    public static Feed silent() {
        Duration never = Duration.ofHours(1);
        StreamSettings settings = new StreamSettings(
                "test",
                StreamSettings.Source.RANDOM,
                DataSize.ofBytes(100),
                never,
                never,
                never,
                DataSize.ofKilobytes(256));
        return new Feed(settings, new FeedMetrics(new SimpleMeterRegistry()), Mono.empty());
    }
}

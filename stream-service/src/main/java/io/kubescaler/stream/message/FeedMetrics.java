package io.kubescaler.stream.message;

import io.kubescaler.api.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Counts the messages that the feeds of this instance have sent, and those that clients missed. */
@Component
class FeedMetrics {

    private final Counter sent;
    private final Counter dropped;
    private final Counter skipped;
    private final Counter sentBytes;
    private final MeterRegistry metrics;

    FeedMetrics(MeterRegistry metrics) {
        this.metrics = metrics;
        sent = Counter.builder(Metrics.MESSAGES_SENT)
                .description("Messages written to clients")
                .register(metrics);
        dropped = Counter.builder(Metrics.MESSAGES_DROPPED)
                .description("Messages that clients missed because they read too slowly")
                .register(metrics);
        skipped = Counter.builder(Metrics.MESSAGES_SKIPPED)
                .description("Random messages that were not made, because this instance was late")
                .register(metrics);
        sentBytes = Counter.builder(Metrics.SENT)
                .baseUnit("bytes")
                .description("Bytes of the messages written to clients")
                .register(metrics);
    }

    /** Shows whether the Redis of the published messages answers. */
    void source(BooleanSupplier answers) {
        Gauge.builder(Metrics.MESSAGES_UP, () -> answers.getAsBoolean() ? 1 : 0)
                .description("Whether the Redis of the published messages answers")
                .register(metrics);
    }

    /** Counts a message that was written to so many clients. */
    void sent(int clients, int bytes) {
        sent.increment(clients);
        sentBytes.increment((double) clients * bytes);
    }

    /** Counts a message that was not made. */
    void skipped() {
        skipped.increment();
    }

    /** Counts a message that so many clients missed. */
    void dropped(int clients) {
        dropped.increment(clients);
    }
}

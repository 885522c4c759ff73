package io.kubescaler.service.lock;

import io.kubescaler.api.Metrics;
import io.kubescaler.redlock.NodeListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Times each call to a Redis master. */
record NodeMetrics(MeterRegistry metrics) implements NodeListener {

    @Override
    public void answered(String node, String operation, Duration took, @Nullable Throwable failure) {
        Timer.builder(Metrics.REDIS)
                .description("Response time of each Redis master")
                .tag(Metrics.NODE, node)
                .tag(Metrics.OPERATION, operation)
                .tag(Metrics.OUTCOME, failure == null ? "success" : "failure")
                .register(metrics)
                .record(took);
    }
}

package io.kubescaler.service.lock;

import io.kubescaler.redlock.RedLock;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes a span of each call to a Redis master that the request of this thread causes. */
record NodeSpans(Tracer tracer) implements UnaryOperator<RedLock> {

    @Override
    public RedLock apply(RedLock lock) {
        TraceContext request = tracer.currentTraceContext().context();
        return request == null || !Boolean.TRUE.equals(request.sampled())
                ? lock
                : lock.observed((node, operation, took, failure) -> answered(request, node, operation, took, failure));
    }

    private void answered(
            TraceContext request, String node, String operation, Duration took, @Nullable Throwable failure) {
        long end = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        Span.Builder span = tracer.spanBuilder()
                .setParent(request)
                .kind(Span.Kind.CLIENT)
                .name("redis " + operation)
                // As in OpenTelemetry's conventions.
                .tag("db.system.name", "redis")
                .tag("db.operation.name", operation)
                .tag("server.address", node)
                .startTimestamp(end - TimeUnit.NANOSECONDS.toMicros(took.toNanos()), TimeUnit.MICROSECONDS);
        if (failure != null) {
            span.error(failure);
        }
        span.start().end(end, TimeUnit.MICROSECONDS);
    }
}

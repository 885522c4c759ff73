package io.kubescaler.service.trace;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.exporter.SpanExportingPredicate;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** What traces add to a service. */
@AutoConfiguration(after = OpenTelemetryTracingAutoConfiguration.class)
@ConditionalOnBean(Tracer.class)
public class TracingConfiguration {

    @Bean
    TraceIdInProblems traceIdInProblems(Tracer tracer) {
        return new TraceIdInProblems(tracer);
    }

    /** Probes and scrapes would be most of what a quiet instance exports. */
    @Bean
    SpanExportingPredicate noProbes() {
        return span -> !span.getTags().getOrDefault("http.url", "").startsWith("/actuator/");
    }
}

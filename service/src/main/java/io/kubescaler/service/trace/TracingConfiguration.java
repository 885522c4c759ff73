package io.kubescaler.service.trace;

import io.micrometer.tracing.Tracer;
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
}

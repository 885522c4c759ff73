package io.kubescaler.service.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.ErrorResponse;

class TracingSwitchTest {

    @Test
    void leavesOutAllOfTracingByDefault() {
        try (ConfigurableApplicationContext context = start()) {
            assertThat(context.getBeanProvider(Tracer.class)).isEmpty();
            assertThat(context.getBeanProvider(ErrorResponse.Interceptor.class)).isEmpty();
            assertThat(Arrays.stream(context.getBeanDefinitionNames())
                            .map(context::getType)
                            .filter(type -> type != null)
                            .map(Class::getName))
                    .noneMatch(name -> name.startsWith("io.opentelemetry.")
                            || name.startsWith("io.micrometer.tracing.")
                            || name.startsWith("org.springframework.boot.opentelemetry.")
                            || name.startsWith("org.springframework.boot.micrometer.tracing."));
        }
    }

    @Test
    void letsTracingInIfItIsOn() {
        try (ConfigurableApplicationContext context = start("--management.tracing.export.enabled=true")) {
            assertThat(context.getBeanProvider(Tracer.class)).hasSize(1);
            assertThat(context.getBeanProvider(ErrorResponse.Interceptor.class))
                    .hasOnlyElementsOfType(TraceIdInProblems.class)
                    .hasSize(1);
        }
    }

    private static ConfigurableApplicationContext start(String... settings) {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .run(settings);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}

package io.kubescaler.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class LogsTest {

    private static final Logger LOG = LoggerFactory.getLogger(LogsTest.class);

    private static final String[] SETTINGS = {
        "--spring.config.import=classpath:service.yaml",
        "--spring.application.name=example",
        "--spring.application.version=1.2.3",
        "--HOSTNAME=example-7d4f"
    };

    @Test
    void areOneLineOfJsonPerEventInContainers(CapturedOutput output) {
        JsonNode event = JsonMapper.shared().readTree(fail(output, "--logging.structured.format.console=ecs"));

        assertThat(event.at("/message").asString()).isEqualTo("failed");
        assertThat(event.at("/log/level").asString()).isEqualTo("ERROR");
        assertThat(event.at("/service/name").asString()).isEqualTo("example");
        assertThat(event.at("/service/version").asString()).isEqualTo("1.2.3");
        assertThat(event.at("/service/node/name").asString()).isEqualTo("example-7d4f");
        assertThat(event.at("/trace.id").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(event.at("/span.id").asString()).isEqualTo("00f067aa0ba902b7");
        assertThat(event.at("/error/stack_trace").asString()).contains("\n\tat io.kubescaler.service.LogsTest");
    }

    @Test
    void areTextElsewhere(CapturedOutput output) {
        assertThat(fail(output)).contains(" ERROR ").endsWith(" : failed");
    }

    /** Logs a failure as part of a trace, and returns the line of it. */
    private static String fail(CapturedOutput output, String... settings) {
        var application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .listeners((ApplicationListener<ApplicationReadyEvent>) ready -> {
                    LOG.error("failed", new IllegalStateException("of two\nlines"));
                    ready.getApplicationContext().close();
                });
        MDC.put("traceId", "4bf92f3577b34da6a3ce929d0e0e4736");
        MDC.put("spanId", "00f067aa0ba902b7");
        try {
            application.run(
                    Stream.concat(Stream.of(SETTINGS), Stream.of(settings)).toArray(String[]::new));
        } finally {
            MDC.clear();
        }
        return output.getOut()
                .lines()
                .filter(line -> line.contains("failed"))
                .findFirst()
                .orElseThrow();
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {}
}

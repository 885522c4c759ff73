package io.kubescaler.service.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.test.simple.SimpleSpan;
import io.micrometer.tracing.test.simple.SimpleTracer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingConfigurationTest {

    private final SimpleSpan span = new SimpleTracer().nextSpan();

    @ParameterizedTest
    @ValueSource(strings = {"/actuator/health/liveness", "/actuator/prometheus"})
    void exportsNoProbesAndNoScrapes(String path) {
        assertThat(isExported(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/main/users", "http://base:8081/actuator/health"})
    void exportsRequests(String url) {
        assertThat(isExported(url)).isTrue();
    }

    @Test
    void exportsWhatIsNoRequest() {
        assertThat(new TracingConfiguration().noProbes().isExportable(span)).isTrue();
    }

    private boolean isExported(String url) {
        return new TracingConfiguration().noProbes().isExportable(span.tag("http.url", url));
    }
}

package io.kubescaler.main.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SampleTest {

    @Test
    void readsNumbersWithAndWithoutLabels() {
        assertThat(Sample.parse("""
                        # HELP up Whether it is up
                        # TYPE up gauge
                        up 1.0
                        sent_total{node="127.0.0.1:6391",operation="acquire"} 2.5E7
                        """))
                .containsExactly(
                        new Sample("up", Map.of(), 1),
                        new Sample("sent_total", Map.of("node", "127.0.0.1:6391", "operation", "acquire"), 25_000_000));
    }

    @Test
    void readsLabelsThatLookLikeTheFormatItself() {
        assertThat(Sample.parse("calls{uri=\"/a/{b}?c=\\\"d\\\",e\",path=\"C:\\\\\"} 1"))
                .containsExactly(new Sample("calls", Map.of("uri", "/a/{b}?c=\"d\",e", "path", "C:\\"), 1));
    }

    @Test
    void readsWhatIsNoNumberAsPrometheusWritesIt() {
        assertThat(Sample.parse("a NaN\nb{le=\"+Inf\"} +Inf\nc -Inf"))
                .extracting(Sample::value)
                .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }
}

package io.kubescaler.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.micrometer.tracing.propagation.Propagator;
import io.micrometer.tracing.test.simple.SimpleSpan;
import io.micrometer.tracing.test.simple.SimpleTracer;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

class StreamSpansTest {

    private static final Instant NOT_YET = Instant.EPOCH;

    private final SimpleTracer tracer = new SimpleTracer();
    private final Propagator propagator = mock();
    private final StreamSpans spans = new StreamSpans(tracer, propagator);
    private final MockServerHttpResponse response = new MockServerHttpResponse();
    private final ServerRequestObservationContext request = new ServerRequestObservationContext(
            MockServerHttpRequest.get("/stream/1/2").build(), response, Map.of());

    @BeforeEach
    void start() {
        when(propagator.extract(any(), any())).thenReturn(tracer.spanBuilder());
        spans.onStart(request);
        request.setPathPattern("/stream/{userId}/{profileId}");
    }

    @Test
    void endTheSpanOfAStreamWhenItBegins() {
        begin(HttpStatus.OK, MediaType.TEXT_EVENT_STREAM);

        Instant end = span().getEndTimestamp();
        assertThat(end).isAfter(NOT_YET);
        assertThat(span().getName()).isEqualTo("http get /stream/{userId}/{profileId}");
        assertThat(span().getTags()).containsEntry("status", "200").containsEntry("outcome", "SUCCESS");

        spans.onStop(request);
        assertThat(span().getEndTimestamp()).isEqualTo(end);
    }

    @Test
    void endTheSpanOfAnyOtherRequestWhenItIsOver() {
        begin(HttpStatus.CONFLICT, MediaType.APPLICATION_PROBLEM_JSON);
        assertThat(span().getEndTimestamp()).isEqualTo(NOT_YET);

        spans.onStop(request);

        assertThat(span().getEndTimestamp()).isAfter(NOT_YET);
    }

    private void begin(HttpStatus status, MediaType type) {
        response.setStatusCode(status);
        response.getHeaders().setContentType(type);
        response.setComplete().block();
    }

    private SimpleSpan span() {
        return tracer.getSpans().getLast();
    }
}

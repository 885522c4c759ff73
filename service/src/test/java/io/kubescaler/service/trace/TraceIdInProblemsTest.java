package io.kubescaler.service.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.test.simple.SimpleTracer;
import org.junit.jupiter.api.Test;
import org.springframework.http.ProblemDetail;

class TraceIdInProblemsTest {

    private final SimpleTracer tracer = new SimpleTracer();
    private final ProblemDetail problem = ProblemDetail.forStatus(404);

    @Test
    void givesAProblemTheIdOfItsTrace() {
        Span request = tracer.nextSpan().start();

        Tracer.SpanInScope scope = tracer.withSpan(request);
        new TraceIdInProblems(tracer).handleError(problem, null);
        scope.close();

        assertThat(problem.getProperties())
                .containsEntry("traceId", request.context().traceId());
    }

    @Test
    void leavesAProblemOutsideOfATraceAsItIs() {
        new TraceIdInProblems(tracer).handleError(problem, null);

        assertThat(problem.getProperties()).isNull();
    }
}

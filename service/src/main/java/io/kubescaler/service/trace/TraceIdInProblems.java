package io.kubescaler.service.trace;

import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponse;

/** Gives each problem the id of its request's trace: who reports it hands over the way to the trace and the logs. */
final class TraceIdInProblems implements ErrorResponse.Interceptor {

    private final Tracer tracer;

    TraceIdInProblems(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void handleError(ProblemDetail problem, @Nullable ErrorResponse response) {
        TraceContext request = tracer.currentTraceContext().context();
        if (request != null) {
            problem.setProperty("traceId", request.traceId());
        }
    }
}

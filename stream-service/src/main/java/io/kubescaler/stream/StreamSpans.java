package io.kubescaler.stream;

import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.observation.DefaultServerRequestObservationConvention;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.http.server.reactive.observation.ServerRequestObservationConvention;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Ends the span of a stream when its session begins. Otherwise, its trace would be complete only when it has ended,
 * perhaps after hours.
 */
@Component
// As the handler that it replaces: before the one for all observations, which knows nothing of a caller's trace.
@Order(MicrometerTracingAutoConfiguration.RECEIVER_TRACING_OBSERVATION_HANDLER_ORDER)
@ConditionalOnBooleanProperty("management.tracing.export.enabled")
final class StreamSpans extends PropagatingReceiverTracingObservationHandler<ReceiverContext<?>> {

    private static final ServerRequestObservationConvention NAMES = new DefaultServerRequestObservationConvention();

    StreamSpans(Tracer tracer, Propagator propagator) {
        super(tracer, propagator);
    }

    @Override
    public void onStart(ReceiverContext<?> context) {
        super.onStart(context);
        if (context instanceof ServerRequestObservationContext request) {
            ServerHttpResponse response = request.getResponse();
            if (response != null) {
                response.beforeCommit(() -> Mono.fromRunnable(() -> begun(request)));
            }
        }
    }

    private void begun(ServerRequestObservationContext request) {
        if (StreamMetric.isStream(request)) {
            request.setContextualName(NAMES.getContextualName(request));
            request.addLowCardinalityKeyValues(NAMES.getLowCardinalityKeyValues(request));
            super.onStop(request);
            request.put(StreamSpans.class, this);
        }
    }

    @Override
    public void onStop(ReceiverContext<?> context) {
        if (!context.containsKey(StreamSpans.class)) {
            super.onStop(context);
        }
    }
}

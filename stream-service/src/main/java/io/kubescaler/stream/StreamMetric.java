package io.kubescaler.stream;

import io.kubescaler.api.Metrics;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.observation.ServerRequestObservationContext;
import org.springframework.stereotype.Component;

/** Gives streams a metric of their own, because their duration is no latency, as that of all other requests is. */
@Component
final class StreamMetric implements ObservationFilter {

    @Override
    public Observation.Context map(Observation.Context context) {
        if (context instanceof ServerRequestObservationContext request && isStream(request)) {
            request.setName(Metrics.SERVED);
        }
        return context;
    }

    static boolean isStream(ServerRequestObservationContext request) {
        ServerHttpResponse response = request.getResponse();
        return response != null
                && request.getCarrier().getMethod() == HttpMethod.GET
                && MediaType.TEXT_EVENT_STREAM.equals(response.getHeaders().getContentType());
    }
}

package io.kubescaler.webflux;

import io.kubescaler.service.trace.TracingConfiguration;
import io.micrometer.tracing.Tracer;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.web.ErrorResponse;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import reactor.core.publisher.Hooks;

/** Takes the context of a trace along from thread to thread, into logs and problems. Without traces, that costs nothing. */
@AutoConfiguration(after = TracingConfiguration.class)
@ConditionalOnBean(Tracer.class)
class WebFluxTracing implements WebFluxConfigurer {

    private final ObjectProvider<ErrorResponse.Interceptor> interceptors;

    WebFluxTracing(ObjectProvider<ErrorResponse.Interceptor> interceptors) {
        this.interceptors = interceptors;
        Hooks.enableAutomaticContextPropagation();
    }

    @Override
    public void addErrorResponseInterceptors(List<ErrorResponse.Interceptor> all) {
        interceptors.forEach(all::add);
    }
}

package io.kubescaler.base.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.cassandra.autoconfigure.CqlSessionBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.cassandra.ReactiveSession;
import org.springframework.data.cassandra.core.cql.session.DefaultBridgedReactiveSession;
import org.springframework.data.cassandra.observability.ObservableReactiveSessionFactory;
import org.springframework.data.cassandra.observability.ObservationRequestTracker;

/** Makes a span of each statement, with its text, which has no values. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("management.tracing.export.enabled")
class CassandraSpans {

    /** Ends the spans. */
    @Bean
    CqlSessionBuilderCustomizer tracker() {
        return builder -> builder.addRequestTracker(ObservationRequestTracker.INSTANCE);
    }

    @Bean
    ReactiveSession tracedSession(CqlSession session, ObservationRegistry observations) {
        return ObservableReactiveSessionFactory.wrap(
                new DefaultBridgedReactiveSession(session), "cassandra", observations);
    }
}

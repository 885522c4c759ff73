package io.kubescaler.service.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class StartedHealthIndicatorTest {

    private final Dependency first = new Dependency();
    private final Dependency second = new Dependency();

    private final ApplicationContextRunner service = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    HealthContributorRegistryAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class,
                    HealthEndpointAutoConfiguration.class))
            .withBean(StartedHealthIndicator.class)
            .withBean("first", HealthIndicator.class, () -> first)
            .withBean("second", HealthIndicator.class, () -> second)
            .withBean("other", HealthIndicator.class, () -> () -> Health.down().build())
            .withPropertyValues(
                    "management.endpoint.health.group.start.include=first,second",
                    "management.endpoint.health.group.readiness.include=started");

    @Test
    void waitsForAllDependenciesOfTheStart() {
        service.run(context -> {
            HealthEndpoint health = context.getBean(HealthEndpoint.class);

            assertThat(readiness(health)).isEqualTo(Status.OUT_OF_SERVICE);
            first.up = true;
            assertThat(readiness(health)).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(context.getBean(StartedHealthIndicator.class).health().getDetails())
                    .hasToString("{waitsFor=[second]}");
            second.up = true;
            assertThat(readiness(health)).isEqualTo(Status.UP);
        });
    }

    @Test
    void asksNoDependencyOnceItHasStarted() {
        first.up = true;
        second.up = true;
        service.run(context -> {
            HealthEndpoint health = context.getBean(HealthEndpoint.class);
            assertThat(readiness(health)).isEqualTo(Status.UP);
            first.up = false;
            int asked = first.asked.get();

            assertThat(readiness(health)).isEqualTo(Status.UP);
            assertThat(first.asked).hasValue(asked);
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        });
    }

    private static Status readiness(HealthEndpoint health) {
        return health.healthForPath("readiness").getStatus();
    }

    private static final class Dependency implements HealthIndicator {

        private final AtomicInteger asked = new AtomicInteger();
        private volatile boolean up;

        @Override
        public Health health() {
            asked.incrementAndGet();
            return up ? Health.up().build() : Health.down().build();
        }
    }
}

package io.kubescaler.service.health;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Up from the moment when all members of the health group {@code start} have been up. From then on it asks none of
 * them: if a dependency fails, all instances lose it, so no other instance would be better.
 */
@Component("startedHealthIndicator")
public final class StartedHealthIndicator implements HealthIndicator {

    static final String GROUP = "start";

    private final ObjectProvider<HealthEndpoint> health;
    private volatile boolean started;

    /** @param health not the endpoint itself, because that has all indicators, also this one */
    public StartedHealthIndicator(ObjectProvider<HealthEndpoint> health) {
        this.health = health;
    }

    @Override
    public Health health() {
        List<String> missing = started ? List.of() : missing();
        started |= missing.isEmpty();
        return started
                ? Health.up().build()
                : Health.outOfService().withDetail("waitsFor", missing).build();
    }

    private List<String> missing() {
        CompositeHealthDescriptor start = (CompositeHealthDescriptor)
                Objects.requireNonNull(health.getObject().healthForPath(GROUP));
        return Objects.requireNonNull(start.getComponents()).entrySet().stream()
                .filter(member -> !Status.UP.equals(member.getValue().getStatus()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}

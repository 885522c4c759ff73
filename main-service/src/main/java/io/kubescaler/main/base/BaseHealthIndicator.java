package io.kubescaler.main.base;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/** Up if base answers a small request that needs Cassandra. */
@Component
class BaseHealthIndicator extends AbstractHealthIndicator {

    private final BaseClient base;

    BaseHealthIndicator(BaseClient base) {
        super("The base service does not answer");
        this.base = base;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        base.users(1, null);
        builder.up();
    }
}

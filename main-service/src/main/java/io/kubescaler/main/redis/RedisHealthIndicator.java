package io.kubescaler.main.redis;

import io.kubescaler.redlock.RedLock;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/** Up when a quorum of the Redis masters answers. */
@Component
class RedisHealthIndicator extends AbstractHealthIndicator {

    private final RedLock redLock;

    RedisHealthIndicator(RedLock redLock) {
        super("The Redis nodes cannot be asked");
        this.redLock = redLock;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        int up = redLock.ping().toCompletableFuture().join();
        builder.status(up >= redLock.quorum() ? Status.UP : Status.DOWN)
                .withDetail("nodesUp", up)
                .withDetail("quorum", redLock.quorum());
    }
}

package io.kubescaler.stream.session;

import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.RedissonNodes;
import io.kubescaler.redlock.SystemTiming;
import io.kubescaler.stream.RedisSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The lock of this instance, and its metrics. */
@Configuration(proxyBeanMethods = false)
class LockConfiguration {

    @Bean
    SystemTiming timing() {
        return new SystemTiming();
    }

    @Bean
    RedissonNodes redisNodes(RedisSettings redis) {
        return RedissonNodes.connect(redis.nodes());
    }

    @Bean
    RedLockSettings redLockSettings(LockSettings lock, RedisSettings redis) {
        RedLockSettings defaults = RedLockSettings.defaults();
        return new RedLockSettings(
                lock.ttl(),
                lock.refreshEvery(),
                redis.timeout(),
                defaults.retries(),
                defaults.retryDelay(),
                defaults.drift());
    }

    @Bean
    RedLock redLock(RedissonNodes redis, RedLockSettings settings, SystemTiming timing, MeterRegistry metrics) {
        List<LockNode> nodes = redis.nodes().stream()
                .map(node -> node.observed(
                        (name, operation, took, failure) -> Timer.builder("kubescaler.redis")
                                .description("How long each Redis master takes to answer")
                                .tag("node", name)
                                .tag("operation", operation)
                                .tag("outcome", failure == null ? "success" : "failure")
                                .register(metrics)
                                .record(took),
                        timing))
                .toList();
        return new RedLock(nodes, settings, timing);
    }

    @Bean
    LeaseKeeper leaseKeeper(RedLock lock, MeterRegistry metrics) {
        Timer refresh = Timer.builder("kubescaler.lock.refresh")
                .description("How long it takes to refresh a batch of leases on all Redis masters")
                .register(metrics);
        return new LeaseKeeper(lock, (leases, took) -> refresh.record(took));
    }
}

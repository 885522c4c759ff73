package io.kubescaler.main.redis;

import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.NodeListener;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.RedissonNodes;
import io.kubescaler.redlock.SystemTiming;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Main locks nothing: of the lock it uses only the question what is launched. */
@Configuration(proxyBeanMethods = false)
class RedisConfiguration {

    @Bean
    RedissonNodes redissonNodes(RedisSettings settings) {
        return RedissonNodes.connect(settings.nodes());
    }

    @Bean
    SystemTiming timing() {
        return new SystemTiming();
    }

    @Bean
    RedLock redLock(RedissonNodes nodes, RedisSettings settings, SystemTiming timing, MeterRegistry meters) {
        NodeListener timer = timer(meters);
        List<LockNode> observed =
                nodes.nodes().stream().map(node -> node.observed(timer, timing)).toList();
        return new RedLock(observed, RedLockSettings.defaults().withNodeTimeout(settings.timeout()), timing);
    }

    /** How long each node takes, seen from here. */
    private static NodeListener timer(MeterRegistry meters) {
        return (node, operation, took, failure) -> Timer.builder("kubescaler.redis")
                .description("How long a Redis node takes to answer")
                .tag("node", node)
                .tag("operation", operation)
                .tag("outcome", failure == null ? "answered" : "failed")
                .register(meters)
                .record(took);
    }
}

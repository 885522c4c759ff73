package io.kubescaler.stream.session;

import io.kubescaler.redlock.RedLock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import reactor.core.publisher.Mono;

/** Whether this instance can serve: does base answer, and a quorum of the Redis masters? */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class DependencyHealth {

    private final RedLock lock;
    private final AtomicInteger nodesUp = new AtomicInteger();

    DependencyHealth(RedLock lock, MeterRegistry metrics) {
        this.lock = lock;
        Gauge.builder("kubescaler.lock.nodes.up", nodesUp, AtomicInteger::get)
                .description("Redis masters that answer")
                .register(metrics);
    }

    @Scheduled(fixedRateString = "5s")
    void countNodes() {
        lock.ping().thenAccept(nodesUp::set);
    }

    @Bean
    ReactiveHealthIndicator lockHealthIndicator() {
        return () -> Mono.fromSupplier(nodesUp::get)
                .map(up -> Health.status(up >= lock.quorum() ? "UP" : "DOWN")
                        .withDetail("nodesUp", up)
                        .withDetail("quorum", lock.quorum())
                        .build());
    }

    @Bean
    ReactiveHealthIndicator baseHealthIndicator(Binding binding) {
        return () -> binding.ping()
                .thenReturn(Health.up().build())
                .onErrorResume(e -> Mono.just(Health.down(e).build()));
    }
}

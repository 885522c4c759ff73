package io.kubescaler.stream.base;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Up while base-service answers. */
@Component("baseHealthIndicator")
record BaseHealth(Binding binding) implements ReactiveHealthIndicator {

    @Override
    public Mono<Health> health() {
        return binding.ping()
                .thenReturn(Health.up().build())
                .onErrorResume(e -> Mono.just(Health.down(e).build()));
    }
}

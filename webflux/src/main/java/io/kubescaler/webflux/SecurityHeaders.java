package io.kubescaler.webflux;

import io.kubescaler.service.web.ForeignPages;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Sets the headers of answers that are data, not pages. Every service on WebFlux imports it. */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class SecurityHeaders implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ForeignPages.HEADERS.forEach(exchange.getResponse().getHeaders()::set);
        return chain.filter(exchange);
    }
}

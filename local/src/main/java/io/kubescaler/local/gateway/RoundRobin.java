package io.kubescaler.local.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR;

import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.RouteToRequestUrlFilter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Sends each request, and each retry, to the next instance. */
final class RoundRobin implements GatewayFilter {

    /** Right after the filter that computes the address from the route. */
    static final int ORDER = RouteToRequestUrlFilter.ROUTE_TO_URL_FILTER_ORDER + 1;

    private final List<URI> instances;
    private final AtomicInteger turn = new AtomicInteger();

    RoundRobin(List<URI> instances) {
        this.instances = List.copyOf(instances);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        URI instance = instances.get(Math.floorMod(turn.getAndIncrement(), instances.size()));
        URI requested = exchange.getRequiredAttribute(GATEWAY_REQUEST_URL_ATTR);
        String query = requested.getRawQuery();
        // Not with Spring's builder, which rejects legal queries such as x[]=1.
        URI address = instance.resolve(requested.getRawPath() + (query == null ? "" : "?" + query));
        exchange.getAttributes().put(GATEWAY_REQUEST_URL_ATTR, address);
        return chain.filter(exchange);
    }
}

package io.kubescaler.local.gateway;

import java.net.URI;
import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.factory.RetryGatewayFilterFactory.RetryConfig;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

@Configuration(proxyBeanMethods = false)
class Routes {

    /** Prefixes stay, and responses have no time limit, because a stream does not end. */
    @Bean
    RouteLocator upstreamRoutes(RouteLocatorBuilder routes, Upstreams upstreams) {
        List<URI> streams = upstreams.streams();
        return routes.routes()
                .route(
                        "main",
                        route -> route.path("/main/**")
                                .filters(filters ->
                                        filters.filter(Routes::keepHost).filter(new WholeRequests()))
                                .uri(upstreams.main()))
                .route(
                        "stream",
                        route -> route.path("/stream/**")
                                .filters(filters -> filters.filter(Routes::keepHost)
                                        .filter(new WholeRequests())
                                        .retry(retry -> onAnother(retry, streams.size() - 1))
                                        .filter(new RoundRobin(streams), RoundRobin.ORDER)
                                        .filter(new StreamPassage(), StreamPassage.ORDER))
                                .uri(streams.get(0)))
                .build();
    }

    /** A client of HTTP/1.0 may send none. */
    private static Mono<Void> keepHost(ServerWebExchange exchange, GatewayFilterChain chain) {
        boolean given = exchange.getRequest().getHeaders().containsHeader(HttpHeaders.HOST);
        exchange.getAttributes().put(ServerWebExchangeUtils.PRESERVE_HOST_HEADER_ATTRIBUTE, given);
        return chain.filter(exchange);
    }

    /**
     * While another instance can serve, an instance that is down, full or draining costs the client nothing. If a
     * connection fails before the answer, the next instance is tried. A failure after that reaches the client.
     */
    private static void onAnother(RetryConfig retry, int tries) {
        retry.setRetries(tries)
                .setMethods(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.DELETE)
                .setSeries()
                .setStatuses(HttpStatus.SERVICE_UNAVAILABLE);
    }
}

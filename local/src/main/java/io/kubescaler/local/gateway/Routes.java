package io.kubescaler.local.gateway;

import java.net.URI;
import java.util.List;
import org.springframework.cloud.gateway.filter.factory.RetryGatewayFilterFactory.RetryConfig;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;

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
                                .filters(filters -> filters.preserveHostHeader())
                                .uri(upstreams.main()))
                .route(
                        "stream",
                        route -> route.path("/stream/**")
                                .filters(filters -> filters.preserveHostHeader()
                                        .retry(retry -> onAnother(retry, streams.size() - 1))
                                        .filter(new RoundRobin(streams), RoundRobin.ORDER)
                                        .filter(new StreamPassage(), StreamPassage.ORDER))
                                .uri(streams.get(0)))
                .build();
    }

    /**
     * While another instance can serve, an instance that is down, full or draining costs the client nothing. If a
     * connection fails before the answer, the next instance is tried. A failure after that reaches the client.
     */
    private static void onAnother(RetryConfig retry, int tries) {
        retry.setRetries(tries)
                .setMethods(HttpMethod.GET, HttpMethod.DELETE)
                .setSeries()
                .setStatuses(HttpStatus.SERVICE_UNAVAILABLE);
    }
}

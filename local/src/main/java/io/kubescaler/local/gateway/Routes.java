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

    /** No prefix is stripped, and no response is given a time limit: a stream has none. */
    @Bean
    RouteLocator upstreamRoutes(RouteLocatorBuilder routes, Upstreams upstreams) {
        List<URI> streams = upstreams.streams();
        return routes.routes()
                .route("main", route -> route.path("/main/**").uri(upstreams.main()))
                .route(
                        "stream",
                        route -> route.path("/stream/**")
                                .filters(filters -> filters.retry(retry -> onAnother(retry, streams.size() - 1))
                                        .filter(new RoundRobin(streams), RoundRobin.ORDER))
                                .uri(streams.get(0)))
                .build();
    }

    /**
     * An instance that is down, full or draining costs the client nothing while another one can serve. Whatever the
     * connection to an instance fails with before its answer is a reason to ask the next; after that, it is the client's.
     */
    private static void onAnother(RetryConfig retry, int tries) {
        retry.setRetries(tries)
                .setMethods(HttpMethod.GET, HttpMethod.DELETE)
                .setSeries()
                .setStatuses(HttpStatus.SERVICE_UNAVAILABLE);
    }
}

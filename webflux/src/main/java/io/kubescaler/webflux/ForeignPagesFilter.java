package io.kubescaler.webflux;

import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.service.web.WebSettings;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Applies {@link ForeignPages}. Every program on WebFlux imports it. */
@Order(Ordered.HIGHEST_PRECEDENCE)
@EnableConfigurationProperties(WebSettings.class)
public final class ForeignPagesFilter implements WebFilter {

    private final ForeignPages foreign;
    private final ApplicationContext publicPort;
    private final JsonMapper json;

    public ForeignPagesFilter(WebSettings settings, ApplicationContext publicPort, JsonMapper json) {
        this.foreign = new ForeignPages(settings);
        this.publicPort = publicPort;
        this.json = json;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        // The management port shares the filters. Probes call it by the address of a pod.
        if (exchange.getApplicationContext() != publicPort) {
            return chain.filter(exchange);
        }
        ServerHttpRequest request = exchange.getRequest();
        ServerHttpResponse response = exchange.getResponse();
        Refusal refusal = foreign.rejects(request.getMethod(), request.getHeaders());
        if (refusal == null) {
            return chain.filter(exchange);
        }
        response.setStatusCode(refusal.getStatusCode());
        response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(json.writeValueAsBytes(refusal.getBody()))));
    }
}

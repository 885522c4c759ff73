package io.kubescaler.local.gateway;

import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Ends a call whose client does not send all of its request: that is no failure of the service. A client that has left
 * gets no answer, so that it is answered only keeps the log quiet.
 */
final class WholeRequests implements GatewayFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Sinks.Empty<Void> broken = Sinks.empty();
        var request = new ServerHttpRequestDecorator(exchange.getRequest()) {
            @Override
            public Flux<DataBuffer> getBody() {
                return super.getBody().onErrorResume(failure -> {
                    broken.tryEmitError(
                            new ResponseStatusException(HttpStatus.REQUEST_TIMEOUT, "body: too late", failure));
                    return Flux.never();
                });
            }
        };
        return Mono.firstWithSignal(
                chain.filter(exchange.mutate().request(request).build()), broken.asMono());
    }
}

package io.kubescaler.local.gateway;

import io.netty.handler.codec.http.HttpVersion;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Answers without chunks where the client does not know them: with HTTP/1.0. */
@Component
final class OlderClients implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
        if (server.version().equals(HttpVersion.HTTP_1_0)) {
            server.chunkedTransfer(false);
        }
        return chain.filter(exchange);
    }
}

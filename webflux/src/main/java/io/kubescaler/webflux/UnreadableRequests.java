package io.kubescaler.webflux;

import io.kubescaler.service.web.Refusal;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Rejects requests that Spring alone would answer without a body. Every program on WebFlux imports it. */
public final class UnreadableRequests implements NettyServerCustomizer, WebFilter {

    private final byte[] malformedUrl;
    private final byte[] malformedAccept;

    public UnreadableRequests(JsonMapper json) {
        malformedUrl = json.writeValueAsBytes(
                Refusal.malformed("URL", "must be encoded as in RFC 3986").getBody());
        malformedAccept = json.writeValueAsBytes(
                ProblemDetail.forStatusAndDetail(HttpStatus.NOT_ACCEPTABLE, "Accept: must be a list of media types"));
    }

    /** For a URL such as {@code /users/%zz}, which Spring rejects before any filter. */
    @Override
    public HttpServer apply(HttpServer server) {
        return server.mapHandle(
                (handled, connection) -> handled.then(Mono.defer(() -> explain((HttpServerResponse) connection))));
    }

    private Mono<Void> explain(HttpServerResponse response) {
        if (response.hasSentHeaders() || response.status() != HttpResponseStatus.BAD_REQUEST) {
            return Mono.empty();
        }
        return response.header(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                .sendByteArray(Mono.just(malformedUrl))
                .then();
    }

    /** For an unreadable {@code Accept}, with which Spring renders no problem, whatever its reason. */
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        try {
            exchange.getRequest().getHeaders().getAccept();
        } catch (InvalidMediaTypeException e) {
            ServerHttpResponse response = exchange.getResponse();
            response.setStatusCode(HttpStatus.NOT_ACCEPTABLE);
            response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
            return response.writeWith(Mono.just(response.bufferFactory().wrap(malformedAccept)));
        }
        return chain.filter(exchange);
    }
}

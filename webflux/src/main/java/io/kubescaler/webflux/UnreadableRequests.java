package io.kubescaler.webflux;

import io.kubescaler.service.web.Refusal;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.http.HttpHeaders;
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
    private final byte[] malformedContentType;

    public UnreadableRequests(JsonMapper json) {
        malformedUrl = json.writeValueAsBytes(
                Refusal.malformed("URL", "must be encoded as in RFC 3986").getBody());
        malformedAccept = problem(json, HttpStatus.NOT_ACCEPTABLE, "Accept: must be a list of media types");
        malformedContentType = problem(json, HttpStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: must be a media type");
    }

    private static byte[] problem(JsonMapper json, HttpStatus status, String detail) {
        return json.writeValueAsBytes(ProblemDetail.forStatusAndDetail(status, detail));
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

    /** For media types that are unreadable: with them Spring renders no problem, whatever its reason. */
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        if (!isReadable(headers::getAccept)) {
            return answer(exchange.getResponse(), HttpStatus.NOT_ACCEPTABLE, malformedAccept);
        }
        if (!isReadable(headers::getContentType)) {
            return answer(exchange.getResponse(), HttpStatus.UNSUPPORTED_MEDIA_TYPE, malformedContentType);
        }
        return chain.filter(exchange);
    }

    private static boolean isReadable(Supplier<@Nullable Object> header) {
        try {
            header.get();
            return true;
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private static Mono<Void> answer(ServerHttpResponse response, HttpStatus status, byte[] problem) {
        response.setStatusCode(status);
        response.getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(problem)));
    }
}

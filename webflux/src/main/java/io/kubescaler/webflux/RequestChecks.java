package io.kubescaler.webflux;

import io.kubescaler.service.web.ContentTypes;
import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.service.web.WebSettings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.Map;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpDecoderSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rejects requests that pages of other sites may have caused ({@link ForeignPages}), and those that Spring alone would
 * answer without a body. Answers without chunks where the client does not know them: with HTTP/1.0. One filter, because
 * each costs memory per stream. Every program on WebFlux imports it.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
@EnableConfigurationProperties(WebSettings.class)
public final class RequestChecks implements NettyServerCustomizer, WebFilter {

    /** Spring fails to sort more. */
    private static final int MOST_ACCEPTED = 50;

    /** As with HTTP/1.1. */
    private static final int LARGEST_HEADERS = HttpDecoderSpec.DEFAULT_MAX_HEADER_SIZE;

    /** Netty itself answers larger ones of HTTP/2 without a body, or not at all. */
    private static final int LARGEST_READ = 8 * LARGEST_HEADERS;

    private final ForeignPages foreign;
    private final Duration patience;
    private final ApplicationContext publicPort;
    private final Map<String, String> headers;
    private final Problems problems;
    private final byte[] malformedUrl;
    private final JsonMapper json;

    /** For a service whose answers are data, and whose {@code GET} changes nothing. */
    @Autowired
    public RequestChecks(WebSettings settings, ApplicationContext publicPort, Problems problems, JsonMapper json) {
        this(settings, new ForeignPages(settings), publicPort, problems, json, ForeignPages.HEADERS);
    }

    /** @param headers of each answer that is not made here */
    public RequestChecks(
            WebSettings settings,
            ForeignPages foreign,
            ApplicationContext publicPort,
            Problems problems,
            JsonMapper json,
            Map<String, String> headers) {
        this.foreign = foreign;
        this.patience = settings.patience();
        this.publicPort = publicPort;
        this.headers = headers;
        this.problems = problems;
        this.json = json;
        IncompleteBody.logOthersIfDropped();
        malformedUrl = json.writeValueAsBytes(
                Refusal.malformed("URL", "must be encoded as in RFC 3986").getBody());
    }

    /**
     * Ends connections on which nothing comes, or comes too slowly, and answers for instance the URL {@code /users/%zz},
     * which Spring rejects before any filter.
     */
    @Override
    public HttpServer apply(HttpServer server) {
        return server.http2Settings(settings -> settings.maxHeaderListSize(LARGEST_READ))
                .idleTimeout(patience)
                .requestTimeout(patience)
                .mapHandle(this::handle)
                .doOnChannelInit((observer, channel, remote) -> {
                    ChannelPipeline pipeline = channel.pipeline();
                    if (pipeline.get(HttpServerCodec.class) != null) {
                        addHandlers(pipeline);
                    } else {
                        // With TLS, client and server first agree on the version of HTTP.
                        pipeline.addAfter(NettyPipeline.H2OrHttp11Codec, "kubescaler.agreed", new HttpAgreed());
                    }
                });
    }

    private Mono<Void> handle(Mono<Void> handled, Connection connection) {
        HttpServerResponse response = (HttpServerResponse) connection;
        if (connection.channel() instanceof Http2StreamChannel stream) {
            stream.pipeline().addAfter(NettyPipeline.H2ToHttp11Codec, "kubescaler.errors", new EmptyErrors(json));
            if (size(((HttpServerRequest) connection).requestHeaders()) > LARGEST_HEADERS) {
                return response.status(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                        .send();
            }
        }
        return handled.then(Mono.defer(() -> explain(response)));
    }

    private static int size(Iterable<Map.Entry<String, String>> headers) {
        int size = 0;
        for (Map.Entry<String, String> header : headers) {
            size += header.getKey().length() + header.getValue().length();
        }
        return size;
    }

    private void addHandlers(ChannelPipeline pipeline) {
        pipeline.addAfter(
                        NettyPipeline.HttpCodec,
                        "kubescaler.partial",
                        // After Reactor Netty, which reports it to the handler.
                        new PartialRequests(patience.plusSeconds(1)))
                .addAfter(NettyPipeline.HttpCodec, "kubescaler.errors", new EmptyErrors(json));
    }

    private final class HttpAgreed extends ChannelInboundHandlerAdapter {

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            ChannelPipeline pipeline = context.pipeline();
            if (event instanceof SslHandshakeCompletionEvent) {
                Http2FrameCodec http2 = pipeline.get(Http2FrameCodec.class);
                if (pipeline.get(HttpServerCodec.class) != null) {
                    addHandlers(pipeline);
                } else if (http2 != null) {
                    pipeline.addAfter(
                            NettyPipeline.HttpCodec,
                            "kubescaler.shared",
                            new SharedConnection(http2.connection(), patience));
                }
            }
            context.fireUserEventTriggered(event);
        }
    }

    private Mono<Void> explain(HttpServerResponse response) {
        if (response.hasSentHeaders() || response.status() != HttpResponseStatus.BAD_REQUEST) {
            return Mono.empty();
        }
        ForeignPages.HEADERS.forEach(response::header);
        return response.header(HttpHeaderNames.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE)
                .sendByteArray(Mono.just(malformedUrl))
                .then();
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders given = request.getHeaders();
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        if (server.version().equals(HttpVersion.HTTP_1_0)) {
            server.chunkedTransfer(false);
        }
        boolean isPublic = exchange.getApplicationContext() == publicPort;
        if (isPublic) {
            headers.forEach(response.getHeaders()::set);
        }
        HttpServerRequest sent = ServerHttpRequestDecorator.getNativeRequest(request);
        RequestHost host = new RequestHost(server.version(), sent.uri(), given);
        Refusal refusal = null;
        // The management port shares the filters. Probes read there, by the address of a pod.
        if (isPublic || !ForeignPages.READS.contains(request.getMethod())) {
            refusal = foreign.rejects(request.getMethod(), host.name(), given);
        }
        if (refusal == null) {
            refusal = host.rejects();
        }
        if (refusal != null) {
            return answer(response, refusal);
        }
        String expected = given.getFirst(HttpHeaders.EXPECT);
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            return answer(
                    response,
                    new ResponseStatusException(HttpStatus.EXPECTATION_FAILED, "Expect: only 100-continue can be met"));
        }
        // With unreadable media types Spring renders no problem, whatever its reason.
        if (!isAcceptReadable(given)) {
            return answer(
                    response,
                    new ResponseStatusException(
                            HttpStatus.NOT_ACCEPTABLE,
                            "Accept: must be a list of media types, at most " + MOST_ACCEPTED + " of them"));
        }
        ErrorResponse unreadable = ContentTypes.rejects(given.getFirst(HttpHeaders.CONTENT_TYPE));
        if (unreadable != null) {
            return answer(response, unreadable);
        }
        return chain.filter(
                hasBody(given)
                        ? exchange.mutate().request(new IncompleteBody(request)).build()
                        : exchange);
    }

    private static boolean hasBody(HttpHeaders given) {
        return given.containsHeader(HttpHeaders.CONTENT_LENGTH) || given.containsHeader(HttpHeaders.TRANSFER_ENCODING);
    }

    private static boolean isAcceptReadable(HttpHeaders given) {
        try {
            return given.getAccept().size() <= MOST_ACCEPTED;
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private Mono<Void> answer(ServerHttpResponse response, ErrorResponse refusal) {
        ForeignPages.HEADERS.forEach(response.getHeaders()::set);
        return problems.write(response, refusal);
    }
}

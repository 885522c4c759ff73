package io.kubescaler.local.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.CLIENT_RESPONSE_CONN_ATTR;

import io.kubescaler.webflux.StreamConnection;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import org.reactivestreams.Publisher;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.FutureMono;

/**
 * Passes a stream on as if the gateway were not there. It reads from the instance only what the client has taken, so
 * that the instance notices a slow client. When the instance ends the stream, the client's connection ends, too,
 * whatever the client does.
 */
final class StreamPassage implements GatewayFilter {

    /** Before the filter that writes the answer. */
    static final int ORDER = NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 1;

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        ServerHttpResponse response = exchange.getResponse();
        return chain.filter(exchange.mutate()
                .response(new ServerHttpResponseDecorator(response) {
                    /** Called for streams only; other answers are written by the other method. */
                    @Override
                    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
                        Connection instance = exchange.getRequiredAttribute(CLIENT_RESPONSE_CONN_ATTR);
                        // A connection that has carried a stream may hold what its client has not read.
                        getHeaders().setConnection("close");
                        Mono<DataBuffer> nothing =
                                Mono.fromSupplier(() -> bufferFactory().wrap(new byte[0]));
                        return super.writeAndFlushWith(Mono.just(nothing))
                                .then(Mono.defer(() -> pass(body, instance.channel(), StreamConnection.of(response))));
                    }
                })
                .build());
    }

    private static Mono<Void> pass(
            Publisher<? extends Publisher<? extends DataBuffer>> body, Channel instance, StreamConnection client) {
        client.discardOnClose();
        Mono<Void> all = Flux.from(body)
                .concatMap(group -> Flux.from(group).concatMap(buffer -> write(buffer, client.channel()), 0), 0)
                .then()
                .doOnSuccess(done -> client.waitOnClose())
                .doOnError(broken -> client.cutOff());
        Mono<Void> late = FutureMono.from(instance.closeFuture())
                .then(Mono.delay(StreamConnection.LAST_WRITE))
                .then();
        Mono<Void> unheard = Flux.interval(StreamConnection.LAST_WRITE)
                .filter(second -> !client.isHeard())
                .next()
                .then();
        return Mono.firstWithSignal(all, Mono.firstWithSignal(late, unheard).doOnSuccess(given -> client.cutOff()));
    }

    /** Completes when the system has taken it all. */
    private static Mono<Void> write(DataBuffer buffer, Channel client) {
        return FutureMono.from(client.writeAndFlush(new DefaultHttpContent(NettyDataBufferFactory.toByteBuf(buffer))));
    }
}

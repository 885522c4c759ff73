package io.kubescaler.local.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.CLIENT_RESPONSE_CONN_ATTR;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
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
import reactor.netty.http.server.HttpServerResponse;

/**
 * Passes a stream on as if the gateway were not there. It reads from the instance only what the client has taken, so
 * that the instance notices a slow client. When the instance ends the stream, the client's connection ends, too,
 * whatever the client does; on Linux, whether it reads or not.
 */
final class StreamPassage implements GatewayFilter {

    /** Before the filter that writes the answer. */
    static final int ORDER = NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 1;

    /** As in the stream-service: for a client that reads slowly to take the last messages. */
    private static final Duration LAST_WRITE = Duration.ofSeconds(1);

    /** As in the stream-service: a client whose system acknowledges nothing for so long is treated as gone. */
    private static final Duration UNHEARD = Duration.ofSeconds(5);

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
                                .then(Mono.defer(() -> pass(body, instance.channel(), client(response))));
                    }
                })
                .build());
    }

    private static Channel client(ServerHttpResponse response) {
        AtomicReference<Channel> channel = new AtomicReference<>();
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        server.withConnection(connection -> channel.set(connection.channel()));
        return channel.get();
    }

    private static Mono<Void> pass(
            Publisher<? extends Publisher<? extends DataBuffer>> body, Channel instance, Channel client) {
        Mono<Void> all = Flux.from(body)
                .concatMap(group -> Flux.from(group).concatMap(buffer -> write(buffer, client), 0), 0)
                .then()
                .doOnSuccess(done -> limit(client))
                .doOnError(broken -> cutOff(client));
        Mono<Void> late = FutureMono.from(instance.closeFuture())
                .doOnSuccess(closed -> limit(client))
                .then(Mono.delay(LAST_WRITE))
                .then();
        Mono<Void> unheard = Flux.interval(LAST_WRITE)
                .filter(second -> !isHeard(client))
                .next()
                .then();
        return Mono.firstWithSignal(all, Mono.firstWithSignal(late, unheard).doOnSuccess(given -> cutOff(client)));
    }

    /** Completes when the system has taken it all. */
    private static Mono<Void> write(DataBuffer buffer, Channel client) {
        return FutureMono.from(client.writeAndFlush(new DefaultHttpContent(NettyDataBufferFactory.toByteBuf(buffer))));
    }

    /** Has the system close the connection if the client does not take the rest. Other transports cannot. */
    private static void limit(Channel client) {
        if (client instanceof EpollSocketChannel socket && client.isOpen()) {
            socket.config().setTcpUserTimeout(Math.toIntExact(LAST_WRITE.toMillis()));
        }
    }

    /** Whether the client's system acknowledges what is sent; known on Linux only. */
    private static boolean isHeard(Channel client) {
        if (!(client instanceof EpollSocketChannel socket)) {
            return true;
        }
        try {
            EpollTcpInfo connection = socket.tcpInfo();
            return connection.unacked() == 0 || connection.lastAckRecv() < UNHEARD.toMillis();
        } catch (ChannelException closed) {
            return false;
        }
    }

    /** Closes the connection and discards what the client has not read. */
    private static void cutOff(Channel client) {
        if (client.isOpen()) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
            client.close();
        }
    }
}

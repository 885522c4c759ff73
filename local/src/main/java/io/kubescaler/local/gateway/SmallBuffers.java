package io.kubescaler.local.gateway;

import io.netty.channel.ChannelOption;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.stereotype.Component;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Keeps the system from holding much of a stream here: a stream-service drops messages that a slow client leaves. */
@Component
final class SmallBuffers implements NettyServerCustomizer, HttpClientCustomizer {

    /** Bytes in each direction; two messages and more. */
    private static final int SIZE = 64 * 1024;

    @Override
    public HttpServer apply(HttpServer server) {
        return server.childOption(ChannelOption.SO_SNDBUF, SIZE);
    }

    @Override
    public HttpClient customize(HttpClient client) {
        return client.option(ChannelOption.SO_RCVBUF, SIZE);
    }
}

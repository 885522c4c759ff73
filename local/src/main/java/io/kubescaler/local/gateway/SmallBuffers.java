package io.kubescaler.local.gateway;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.stereotype.Component;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/**
 * Keeps the system from holding much of a stream here, or holding it for long: a stream-service drops messages that a
 * slow client leaves.
 */
@Component
final class SmallBuffers implements NettyServerCustomizer, HttpClientCustomizer {

    /** Bytes in each direction; two messages and more. */
    private static final int SIZE = 64 * 1024;

    /** How long a client may take nothing of any answer. That of a stream may wait as long at an instance. */
    private static final Duration STALLED = Duration.ofSeconds(60);

    private static final int PROBE_SECONDS = 1;
    private static final int PROBES = 5;

    @Override
    public HttpServer apply(HttpServer server) {
        HttpServer small = server.childOption(ChannelOption.SO_SNDBUF, SIZE);
        return Epoll.isAvailable()
                ? small.childOption(EpollChannelOption.TCP_USER_TIMEOUT, Math.toIntExact(STALLED.toMillis()))
                : small;
    }

    @Override
    public HttpClient customize(HttpClient client) {
        HttpClient small = client.option(ChannelOption.SO_RCVBUF, SIZE);
        if (!Epoll.isAvailable()) {
            return small;
        }
        // The system of an instance gives up a connection without a word if the gateway takes nothing. Then it answers
        // a probe with a reset.
        return small.option(ChannelOption.SO_KEEPALIVE, true)
                .option(EpollChannelOption.TCP_KEEPIDLE, PROBE_SECONDS)
                .option(EpollChannelOption.TCP_KEEPINTVL, PROBE_SECONDS)
                .option(EpollChannelOption.TCP_KEEPCNT, PROBES);
    }
}

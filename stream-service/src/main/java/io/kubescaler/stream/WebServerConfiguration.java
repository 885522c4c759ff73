package io.kubescaler.stream;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.netty.http.server.HttpServer;

/** Limits how much the process and the kernel hold for one client. */
@Configuration(proxyBeanMethods = false)
class WebServerConfiguration {

    private static final int FRAMING = 1024;

    /** Metrics of the memory outside the heap that messages take. */
    @Bean
    MeterBinder messageBuffers() {
        return new NettyAllocatorMetrics(PooledByteBufAllocator.DEFAULT);
    }

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> boundedConnections(StreamSettings settings) {
        int message = Math.toIntExact(settings.messageSize().toBytes());
        int socketBuffer = Math.toIntExact(settings.socketBuffer().toBytes());
        return factory -> factory.addServerCustomizers(server -> limitUnread(server, settings.stallTimeout())
                // A connection with more than one unsent message is not writable. One message with its framing stays
                // below the mark. Otherwise every message would change the state twice, and notify the whole pipeline.
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(message / 2, message + FRAMING))
                // Linux doubles the value, to have room for its own data.
                .childOption(ChannelOption.SO_SNDBUF, socketBuffer / 2));
    }

    /** The system closes a connection whose client takes nothing, also one that never was a stream. Others cannot. */
    private static HttpServer limitUnread(HttpServer server, Duration limit) {
        return Epoll.isAvailable()
                ? server.childOption(EpollChannelOption.TCP_USER_TIMEOUT, Math.toIntExact(limit.toMillis()))
                : server;
    }
}

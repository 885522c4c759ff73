package io.kubescaler.stream;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the process and the kernel may hold for one client. */
@Configuration(proxyBeanMethods = false)
class WebServerConfiguration {

    private static final int FRAMING = 1024;

    /** How many bytes outside of the heap the messages take. */
    @Bean
    MeterBinder messageBuffers() {
        return new NettyAllocatorMetrics(PooledByteBufAllocator.DEFAULT);
    }

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> boundedConnections(StreamSettings settings) {
        int message = Math.toIntExact(settings.messageSize().toBytes());
        int socketBuffer = Math.toIntExact(settings.socketBuffer().toBytes());
        return factory -> factory.addServerCustomizers(server -> server
                // A connection with more than one message to be taken is not writable. One alone with its framing
                // stays below: else every message would tell the whole pipeline twice that this has changed.
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(message / 2, message + FRAMING))
                // Linux takes twice what it is told, to have room for its own.
                .childOption(ChannelOption.SO_SNDBUF, socketBuffer / 2));
    }
}

package io.kubescaler.webflux;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/** Applies {@link RequestChecks} to the server of the management port, which Spring builds without it. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class ManagementPort {

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> requestChecksOfManagement(RequestChecks checks) {
        return factory -> factory.addServerCustomizers(checks);
    }
}

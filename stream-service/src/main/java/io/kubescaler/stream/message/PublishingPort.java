package io.kubescaler.stream.message;

import io.kubescaler.webflux.RequestChecks;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.WebFilter;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * A port for publishing alone: whoever may connect to it reaches neither metrics nor health. The management port then
 * has no publishing. It is listed in {@code META-INF/spring} and is no component, as {@link PublicationRoutes}.
 */
@ConditionalOnProperty(name = "kubescaler.stream.source", havingValue = "redis")
@ConditionalOnProperty("kubescaler.stream.messages.port")
class PublishingPort {

    private static final PathPattern PUBLISHING = PathPatternParser.defaultInstance.parse(PublicationRoutes.PATH);

    private final int port;

    PublishingPort(MessagesSettings settings) {
        port = Objects.requireNonNull(settings.port());
    }

    @Bean(initMethod = "start", destroyMethod = "stop")
    WebServer publishingServer(HttpHandler management, RequestChecks checks, ManagementServerProperties settings) {
        NettyReactiveWebServerFactory factory = new NettyReactiveWebServerFactory(port);
        factory.setAddress(settings.getAddress());
        factory.addServerCustomizers(checks);
        return factory.getWebServer(management);
    }

    /** Before access tokens are checked: there is nothing to protect where nothing is. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE + 1)
    WebFilter publishingOnItsPortOnly() {
        return (exchange, chain) -> {
            InetSocketAddress called = exchange.getRequest().getLocalAddress();
            boolean here = called != null && called.getPort() == port;
            return here == PUBLISHING.matches(exchange.getRequest().getPath().pathWithinApplication())
                    ? chain.filter(exchange)
                    : Mono.error(new ResponseStatusException(HttpStatus.NOT_FOUND));
        };
    }
}

package io.kubescaler.main.web;

import io.kubescaler.service.web.WebSettings;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Rules for the server of the public port and for that of the management port: Spring finds them for the one, and
 * imports them for the other.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class WebServers {

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> patience(WebSettings settings) {
        return factory -> {
            factory.setProtocol(PatientHttp.class.getName());
            factory.addConnectorCustomizers(connector -> connector.setProperty(
                    "connectionTimeout", Long.toString(settings.patience().toMillis())));
        };
    }

    /**
     * A connection that sends nothing has 6 kB of the heap, by default 16 kB; there can be 8,192 of them. One that has sent
     * half a request has 25 kB; there can be 1,000 of them.
     */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> smallConnections() {
        return factory -> factory.addConnectorCustomizers(connector -> {
            connector.setProperty("socket.appReadBufSize", "2048");
            connector.setProperty("socket.appWriteBufSize", "4096");
            connector.setProperty("maxHttpResponseHeaderSize", "4096");
            connector.setProperty("maxTrailerSize", "1024");
        });
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> connectionOfEachRequest() {
        return factory -> factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new ConnectionValve()));
    }

    @Bean
    SlowBodiesFilter slowBodies(Rejecter rejecter, WebSettings settings) {
        return new SlowBodiesFilter(rejecter, settings);
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsInsteadOfErrorPages() {
        return factory -> factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new ProblemReportValve()));
    }
}

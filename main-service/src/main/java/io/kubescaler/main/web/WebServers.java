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

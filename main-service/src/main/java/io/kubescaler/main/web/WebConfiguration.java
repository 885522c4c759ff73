package io.kubescaler.main.web;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> connectionOfEachRequest() {
        return factory -> factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new ConnectionValve()));
    }
}

package io.kubescaler.main.system;

import java.net.http.HttpClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class SystemConfiguration {

    @Bean
    MetricsSource metricsSource(SystemSettings settings, JsonMapper json) {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.timeout())
                .build();
        return settings.prometheus() == null
                ? new EachInstance(http, settings)
                : new Prometheus(http, json, settings.prometheus(), settings.timeout());
    }
}

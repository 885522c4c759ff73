package io.kubescaler.main.base;

import io.kubescaler.service.base.BaseSettings;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.clientconfig.HttpClient5FeignConfiguration.HttpClientBuilderCustomizer;
import org.springframework.cloud.openfeign.clientconfig.HttpClient5FeignConfiguration.HttpClientConnectionManagerBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BaseSettings.class)
@EnableFeignClients(clients = BaseClient.class)
class BaseConfiguration {

    /** A connection for each call that has a slot, so that none waits for one. */
    @Bean
    HttpClientConnectionManagerBuilderCustomizer connections(BaseLimits limits) {
        return builder -> builder.setMaxConnTotal(limits.calls()).setMaxConnPerRoute(limits.calls());
    }

    /**
     * Repeats an idempotent call once if its pooled connection turns out to be closed. Does not repeat a call that base
     * answered: by default, the client would wait and repeat it after a 503, and main's caller would wait, too.
     */
    @Bean
    HttpClientBuilderCustomizer repeatOnlyOnDeadConnections() {
        return builder -> builder.setRetryStrategy(new DefaultHttpRequestRetryStrategy(1, TimeValue.ZERO_MILLISECONDS) {
            @Override
            public boolean retryRequest(HttpResponse response, int executions, HttpContext context) {
                return false;
            }
        });
    }
}

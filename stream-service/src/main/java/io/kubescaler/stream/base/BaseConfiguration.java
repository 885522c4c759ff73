package io.kubescaler.stream.base;

import io.kubescaler.service.base.BaseSettings;
import io.micrometer.observation.ObservationRegistry;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import reactor.netty.http.client.HttpClient;

/** The client of base-service. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BaseSettings.class)
class BaseConfiguration {

    /** How long an address is cached, whatever its TTL; a new instance of base has another. */
    private static final Duration ADDRESS_LIFE = Duration.ofSeconds(5);

    @Bean
    BaseClient baseClient(BaseSettings base, ObservationRegistry observations) {
        HttpClient http = HttpClient.create()
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(base.connectTimeout().toMillis()))
                .resolver(names -> names.cacheMaxTimeToLive(ADDRESS_LIFE).roundRobinSelection(true))
                .responseTimeout(base.timeout());
        WebClient client = WebClient.builder()
                .baseUrl(base.url().toString())
                .clientConnector(new ReactorClientHttpConnector(http))
                .observationRegistry(observations)
                .build();
        return HttpServiceProxyFactory.builderFor(WebClientAdapter.create(client))
                .build()
                .createClient(BaseClient.class);
    }
}

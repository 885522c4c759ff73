package io.kubescaler.stream;

import io.kubescaler.access.AccessConfiguration;
import io.kubescaler.service.health.StartedHealthIndicator;
import io.kubescaler.service.lock.LockConfiguration;
import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.WebSettings;
import io.kubescaler.webflux.Problems;
import io.kubescaler.webflux.RequestChecks;
import java.util.Set;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import reactor.netty.ReactorNetty;
import tools.jackson.databind.json.JsonMapper;

@SpringBootApplication
@ConfigurationPropertiesScan
@Import({AccessConfiguration.class, LockConfiguration.class, Problems.class, StartedHealthIndicator.class})
@EnableConfigurationProperties(WebSettings.class)
public class StreamServiceApplication {

    public static void main(String[] args) {
        // One event loop carries far more than 1 Gbit/s. More loops than needed cost CPU for the same traffic.
        int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        System.setProperty(
                ReactorNetty.IO_WORKER_COUNT,
                System.getProperty(ReactorNetty.IO_WORKER_COUNT, String.valueOf(eventLoops)));
        SpringApplication.run(StreamServiceApplication.class, args);
    }

    /** {@code GET} opens a stream, and so takes its lock. */
    @Bean
    static RequestChecks requestChecks(
            WebSettings settings, ApplicationContext context, Problems problems, JsonMapper json) {
        var reads = Set.of(HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);
        return new RequestChecks(
                settings, new ForeignPages(settings, reads), context, problems, json, ForeignPages.HEADERS);
    }
}

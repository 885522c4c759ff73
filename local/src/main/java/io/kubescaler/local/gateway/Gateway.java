package io.kubescaler.local.gateway;

import io.kubescaler.service.web.ForeignPages;
import io.kubescaler.service.web.WebSettings;
import io.kubescaler.webflux.Problems;
import io.kubescaler.webflux.RequestChecks;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** The gateway, in this process. */
@SpringBootApplication
@Import(Problems.class)
@EnableConfigurationProperties(WebSettings.class)
public class Gateway {

    /**
     * Starts the gateway and waits until it serves.
     *
     * @param port of 127.0.0.1 that it listens on
     * @param secure where it also listens, for HTTP/2
     * @param upstreams the services behind it
     * @param hosts the names under which it is reached
     * @param log its log file; it prints nothing to the console
     * @return the running gateway; closing it stops the gateway
     */
    public static ConfigurableApplicationContext start(
            int port, SecureDoor secure, Upstreams upstreams, List<String> hosts, Path log) {
        return new SpringApplicationBuilder(Gateway.class)
                .initializers(context -> {
                    ((GenericApplicationContext) context).registerBean(SecureDoor.class, () -> secure);
                    ((GenericApplicationContext) context).registerBean(Upstreams.class, () -> upstreams);
                })
                .registerShutdownHook(false)
                .run(
                        "--server.address=127.0.0.1",
                        "--server.port=" + port,
                        "--kubescaler.web.hosts=" + String.join(",", hosts),
                        "--logging.file.name=" + log);
    }

    /** With the headers of pages ({@link Pages}). */
    @Bean
    static RequestChecks requestChecks(
            WebSettings settings, ApplicationContext context, Problems problems, JsonMapper json) {
        return new RequestChecks(settings, new ForeignPages(settings), context, problems, json, Map.of());
    }
}

package io.kubescaler.local.gateway;

import io.kubescaler.webflux.ForeignPagesFilter;
import io.kubescaler.webflux.UnreadableRequests;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;

/** The gateway, in this process. */
@SpringBootApplication
@Import({ForeignPagesFilter.class, UnreadableRequests.class})
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
}

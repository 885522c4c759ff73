package io.kubescaler.local.gateway;

import java.nio.file.Path;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The gateway, in this process. */
@SpringBootApplication
public class Gateway {

    /**
     * Starts it; when this returns, it serves.
     *
     * @param port where it listens, on 127.0.0.1
     * @param secure where it listens besides, for HTTP/2
     * @param upstreams where it passes calls on to
     * @param log the file that it writes its log to; nothing goes to the console
     * @return what stops it when it is closed
     */
    public static ConfigurableApplicationContext start(int port, SecureDoor secure, Upstreams upstreams, Path log) {
        return new SpringApplicationBuilder(Gateway.class)
                .initializers(context -> {
                    ((GenericApplicationContext) context).registerBean(SecureDoor.class, () -> secure);
                    ((GenericApplicationContext) context).registerBean(Upstreams.class, () -> upstreams);
                })
                .registerShutdownHook(false)
                .run("--server.address=127.0.0.1", "--server.port=" + port, "--logging.file.name=" + log);
    }
}

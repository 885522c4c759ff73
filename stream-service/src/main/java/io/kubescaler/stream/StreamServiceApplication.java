package io.kubescaler.stream;

import io.kubescaler.service.lock.LockConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;
import reactor.netty.ReactorNetty;

@SpringBootApplication
@ConfigurationPropertiesScan
@Import(LockConfiguration.class)
public class StreamServiceApplication {

    public static void main(String[] args) {
        // An event loop carries far more than a network card of 1 Gbit/s; each further one takes more CPU for the same.
        int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        System.setProperty(
                ReactorNetty.IO_WORKER_COUNT,
                System.getProperty(ReactorNetty.IO_WORKER_COUNT, String.valueOf(eventLoops)));
        SpringApplication.run(StreamServiceApplication.class, args);
    }
}

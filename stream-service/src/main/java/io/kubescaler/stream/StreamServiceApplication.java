package io.kubescaler.stream;

import io.kubescaler.access.AccessConfiguration;
import io.kubescaler.service.lock.LockConfiguration;
import io.kubescaler.webflux.RequestChecks;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;
import reactor.netty.ReactorNetty;

@SpringBootApplication
@ConfigurationPropertiesScan
@Import({AccessConfiguration.class, LockConfiguration.class, RequestChecks.class})
public class StreamServiceApplication {

    public static void main(String[] args) {
        // One event loop carries far more than 1 Gbit/s. More loops than needed cost CPU for the same traffic.
        int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        System.setProperty(
                ReactorNetty.IO_WORKER_COUNT,
                System.getProperty(ReactorNetty.IO_WORKER_COUNT, String.valueOf(eventLoops)));
        SpringApplication.run(StreamServiceApplication.class, args);
    }
}

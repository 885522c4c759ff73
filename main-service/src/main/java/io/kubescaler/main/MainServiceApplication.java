package io.kubescaler.main;

import io.kubescaler.access.AccessConfiguration;
import io.kubescaler.service.health.StartedHealthIndicator;
import io.kubescaler.service.lock.LockConfiguration;
import io.kubescaler.service.web.StrictIds;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Import;

/** The main service. Boot's error page is excluded, because {@code web} renders every failure as a problem. */
@SpringBootApplication(exclude = ErrorMvcAutoConfiguration.class)
@ConfigurationPropertiesScan
@Import({AccessConfiguration.class, LockConfiguration.class, StartedHealthIndicator.class, StrictIds.class})
public class MainServiceApplication {

    public static void main(String[] args) {
        SpringApplication.run(MainServiceApplication.class, args);
    }
}

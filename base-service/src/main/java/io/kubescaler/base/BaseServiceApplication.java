package io.kubescaler.base;

import io.kubescaler.schema.SchemaConfiguration;
import io.kubescaler.schema.SchemaSettings;
import io.kubescaler.service.health.StartedHealthIndicator;
import io.kubescaler.service.web.StrictIds;
import io.kubescaler.webflux.Problems;
import io.kubescaler.webflux.RequestChecks;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** Starts the service. With {@code kubescaler.schema.mode=migrate-only}, updates the schema and exits instead. */
@SpringBootApplication
@ConfigurationPropertiesScan
@Import({SchemaConfiguration.class, StartedHealthIndicator.class, StrictIds.class, Problems.class, RequestChecks.class})
public class BaseServiceApplication {

    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(BaseServiceApplication.class);
        application.addListeners((ApplicationListener<ApplicationEnvironmentPreparedEvent>) event -> {
            if (migratesOnly(event.getEnvironment())) {
                application.setWebApplicationType(WebApplicationType.NONE);
            }
        });
        ConfigurableApplicationContext context = application.run(args);
        if (migratesOnly(context.getEnvironment())) {
            System.exit(SpringApplication.exit(context));
        }
    }

    private static boolean migratesOnly(Environment environment) {
        return SchemaSettings.of(environment).mode() == SchemaSettings.Mode.MIGRATE_ONLY;
    }
}

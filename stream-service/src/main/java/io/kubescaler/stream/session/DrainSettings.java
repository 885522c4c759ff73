package io.kubescaler.stream.session;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How an instance ends its streams on SIGTERM.
 *
 * @param pause how long it keeps serving, until load balancers see that it is not ready
 * @param window over how long it then ends its streams
 */
@Validated
@ConfigurationProperties("kubescaler.stream.drain")
record DrainSettings(
        @DefaultValue("5s") @DurationMin Duration pause,
        @DefaultValue("20s") @DurationMin Duration window) {}

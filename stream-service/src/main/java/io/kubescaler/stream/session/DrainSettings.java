package io.kubescaler.stream.session;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How an instance that is told to stop lets its clients go.
 *
 * @param pause how long it goes on as before, while load balancers learn that it is not ready any more
 * @param window over how long it then ends its streams
 */
@Validated
@ConfigurationProperties("kubescaler.stream.drain")
record DrainSettings(
        @DefaultValue("5s") @DurationMin Duration pause,
        @DefaultValue("20s") @DurationMin Duration window) {}

package io.kubescaler.main.base;

import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where the base service is, and how long it may take.
 *
 * @param connectTimeout for the connection to be there
 * @param readTimeout for base to say something, again and again until its answer is whole
 */
@Validated
@ConfigurationProperties("kubescaler.base")
record BaseSettings(
        @NotNull URI url,
        @DurationMin(millis = 1) @DefaultValue("1s") Duration connectTimeout,
        @DurationMin(millis = 1) @DefaultValue("5s") Duration readTimeout) {}

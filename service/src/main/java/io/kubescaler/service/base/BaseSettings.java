package io.kubescaler.service.base;

import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The address and the timeouts of base-service.
 *
 * @param url of base-service
 * @param connectTimeout how long connecting to it may take
 * @param timeout how long it may take to answer
 */
@Validated
@ConfigurationProperties("kubescaler.base")
public record BaseSettings(
        @NotNull URI url,
        @DefaultValue("1s") @DurationMin(millis = 1) Duration connectTimeout,
        @DefaultValue("2s") @DurationMin(millis = 1) Duration timeout) {}

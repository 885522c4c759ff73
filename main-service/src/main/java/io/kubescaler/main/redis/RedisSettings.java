package io.kubescaler.main.redis;

import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The Redis masters.
 *
 * @param nodes one {@code redis://} URI for each of them, the same as the stream service has
 * @param timeout how long one of them may take to answer before it counts as failed
 */
@Validated
@ConfigurationProperties("kubescaler.redis")
record RedisSettings(
        @NotEmpty List<@NotNull URI> nodes,
        @DurationMin(millis = 1) @DefaultValue("250ms") Duration timeout) {}

package io.kubescaler.main.system;

import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where to read the instances' metrics.
 *
 * @param prometheus the Prometheus that watches them, if there is one
 * @param instances without a Prometheus: the management address of each instance. Its name is the fragment
 *     ({@code http://127.0.0.1:9083#stream-1}), or else the host
 * @param timeout how long Prometheus or an instance may take to answer
 */
@Validated
@ConfigurationProperties("kubescaler.system")
record SystemSettings(
        @Nullable URI prometheus,
        @DefaultValue List<@NotNull URI> instances,
        @DurationMin(millis = 1) @DefaultValue("2s") Duration timeout) {}

package io.kubescaler.stream.session;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What this instance takes on at most.
 *
 * @param streams how many at a time; if it is not said, as many as memory and open files are enough for
 * @param bytesPerSecond how many bytes of random messages; the default is what a network of 10 Gbit/s carries. What
 *     applications will publish is not known when a stream begins, so this does not limit the streams that carry it
 */
@Validated
@ConfigurationProperties("kubescaler.stream.limits")
record LimitSettings(
        @Positive @Nullable Integer streams,
        @DefaultValue("1200MB") @NotNull DataSize bytesPerSecond) {}

package io.kubescaler.stream.session;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How many streams this instance accepts.
 *
 * @param streams the most at a time; by default as many as memory and the limit of open files allow
 * @param bytesPerSecond bytes of random messages per second; the default is the capacity of a network of 10 Gbit/s. It
 *     does not limit streams of published messages, because their rate is unknown when a stream begins
 */
@Validated
@ConfigurationProperties("kubescaler.stream.limits")
record LimitSettings(
        @Positive @Nullable Integer streams,
        @DefaultValue("1200MB") @NotNull DataSize bytesPerSecond) {}

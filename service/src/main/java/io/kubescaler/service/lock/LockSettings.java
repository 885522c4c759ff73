package io.kubescaler.service.lock;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long a lock lasts. All instances need the same values.
 *
 * @param ttl how long the lock of a vanished client lasts
 * @param refreshEvery interval between refreshes of a live session's lock, and between checks of its binding; two
 *     must fit into half of the TTL
 */
@Validated
@ConfigurationProperties("kubescaler.lock")
public record LockSettings(
        @DefaultValue("60s") @DurationMin(seconds = 1) Duration ttl,
        @DefaultValue("20s") @DurationMin(millis = 100) Duration refreshEvery) {}

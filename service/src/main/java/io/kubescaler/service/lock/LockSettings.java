package io.kubescaler.service.lock;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long a lock lasts; the same for all instances.
 *
 * @param ttl how long the lock is kept for a client that has vanished
 * @param refreshEvery how often the lock of a live session is refreshed; two refreshes have to fit into half of the TTL
 */
@Validated
@ConfigurationProperties("kubescaler.lock")
public record LockSettings(
        @DefaultValue("60s") @DurationMin(seconds = 1) Duration ttl,
        @DefaultValue("20s") @DurationMin(millis = 100) Duration refreshEvery) {}

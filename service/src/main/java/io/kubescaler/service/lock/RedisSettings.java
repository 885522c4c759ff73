package io.kubescaler.service.lock;

import io.kubescaler.redlock.redisson.RedisLogin;
import jakarta.validation.constraints.NotEmpty;
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
 * The Redis masters that keep the locks.
 *
 * @param nodes the independent Redis masters, redis:// or rediss://; the same for all services
 * @param username the user of Redis that the service is on each master
 * @param password that user's password
 * @param timeout how long a master may take to answer a call before that call counts as failed
 */
@Validated
@ConfigurationProperties("kubescaler.redis")
public record RedisSettings(
        @NotEmpty List<@NotNull URI> nodes,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue("250ms") @DurationMin(millis = 1) Duration timeout) {

    RedisLogin login() {
        return new RedisLogin(username, password);
    }
}

package io.kubescaler.service.lock;

import io.kubescaler.redlock.redisson.RedisLogin;
import io.kubescaler.redlock.redisson.RedisTls;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.validation.annotation.Validated;

/**
 * The Redis masters that keep the locks.
 *
 * @param nodes the independent Redis masters, redis:// or rediss://; the same for all services
 * @param username the user of Redis that the service is on each master
 * @param password that user's password
 * @param sslBundle the Spring SSL bundle with the certificates for rediss://, also of the Redis of published messages
 * @param timeout how long a master may take to answer a call before that call counts as failed
 */
@Validated
@ConfigurationProperties("kubescaler.redis")
public record RedisSettings(
        @NotEmpty List<@NotNull URI> nodes,
        @Nullable String username,
        @Nullable String password,
        @Nullable String sslBundle,
        @DefaultValue("250ms") @DurationMin(millis = 1) Duration timeout) {

    RedisLogin login(SslBundles bundles) {
        return new RedisLogin(username, password, tls(bundles));
    }

    /** Null without a bundle. */
    public @Nullable RedisTls tls(SslBundles bundles) {
        if (sslBundle == null) {
            return null;
        }
        SslManagerBundle managers = bundles.getBundle(sslBundle).getManagers();
        return new RedisTls(managers.getTrustManagerFactory(), managers.getKeyManagerFactory());
    }
}

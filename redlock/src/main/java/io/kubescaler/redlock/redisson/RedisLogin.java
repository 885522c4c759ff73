package io.kubescaler.redlock.redisson;

import org.jspecify.annotations.Nullable;
import org.redisson.config.Config;

/**
 * Who a client is at a Redis, and which Redis it trusts.
 *
 * @param name the user of Redis's access control list; null for {@code default}
 * @param password null if Redis requires none
 * @param tls null for the certificates that Java trusts
 */
public record RedisLogin(
        @Nullable String name,
        @Nullable String password,
        @Nullable RedisTls tls) {

    /** For a Redis that admits everybody, or whose address contains the password. */
    public static final RedisLogin NONE = new RedisLogin(null, null, null);

    /** Makes a client log in. */
    public void applyTo(Config config) {
        config.setUsername(name).setPassword(password);
        if (tls != null) {
            config.setSslTrustManagerFactory(tls.trusted()).setSslKeyManagerFactory(tls.own());
        }
    }

    String user() {
        return name == null ? "default" : name;
    }

    @Override
    public String toString() {
        return "RedisLogin[name=" + name + "]";
    }
}

package io.kubescaler.redlock.redisson;

import org.jspecify.annotations.Nullable;
import org.redisson.config.Config;

/**
 * The user of Redis that a client is, of its access control list.
 *
 * @param name null for Redis's user {@code default}
 * @param password null if Redis requires none
 */
public record RedisLogin(@Nullable String name, @Nullable String password) {

    /** For a Redis that admits everybody, or whose address contains the password. */
    public static final RedisLogin NONE = new RedisLogin(null, null);

    /** Makes a client log in. */
    public void applyTo(Config config) {
        config.setUsername(name).setPassword(password);
    }

    String user() {
        return name == null ? "default" : name;
    }

    @Override
    public String toString() {
        return "RedisLogin[name=" + name + "]";
    }
}

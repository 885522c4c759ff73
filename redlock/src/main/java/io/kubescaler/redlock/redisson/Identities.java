package io.kubescaler.redlock.redisson;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which Redis each connection leads to, by the id that each Redis gives itself when it starts. */
final class Identities {

    private final Map<RedissonConnection, String> current = new HashMap<>();
    private final Set<String> known = new HashSet<>();

    /**
     * Records where the connection leads now.
     *
     * @throws IllegalArgumentException if another connection leads there, too: one Redis would vote twice
     */
    synchronized void claim(RedissonConnection connection, String runId) {
        current.remove(connection);
        current.forEach((other, id) -> {
            if (id.equals(runId)) {
                throw new IllegalArgumentException(
                        other.name() + " and " + connection.name() + " are the same Redis; each master votes once");
            }
        });
        current.put(connection, runId);
        known.add(runId);
    }

    /** Whether this Redis has been connected. */
    synchronized boolean include(String runId) {
        return known.contains(runId);
    }
}

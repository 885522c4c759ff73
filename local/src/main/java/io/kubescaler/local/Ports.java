package io.kubescaler.local;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The ports of 127.0.0.1 that everything listens on.
 *
 * @param gateway the pages and the API
 * @param gatewaySecure the same over TLS, for HTTP/2
 * @param streams one per stream instance
 * @param streamsManagement one per stream instance
 * @param redis one per master
 * @param redisMessages the Redis of published messages
 */
record Ports(
        @DefaultValue("8080") int gateway,
        @DefaultValue("8443") int gatewaySecure,
        @DefaultValue("8081") int base,
        @DefaultValue("9081") int baseManagement,
        @DefaultValue("8082") int main,
        @DefaultValue("9082") int mainManagement,
        @DefaultValue({"8083", "8084"}) List<Integer> streams,
        @DefaultValue({"9083", "9084"}) List<Integer> streamsManagement,
        @DefaultValue("9142") int cassandra,
        @DefaultValue("7100") int cassandraStorage,
        @DefaultValue({"6391", "6392", "6393"}) List<Integer> redis,
        @DefaultValue("6394") int redisMessages) {

    private static final int HIGHEST = 65_535;

    Ports {
        streams = List.copyOf(streams);
        streamsManagement = List.copyOf(streamsManagement);
        redis = List.copyOf(redis);
    }

    /** All settings by name, the most used first. */
    Map<String, List<Integer>> byName() {
        var ports = new LinkedHashMap<String, List<Integer>>();
        ports.put("gateway", List.of(gateway));
        ports.put("gateway-secure", List.of(gatewaySecure));
        ports.put("base", List.of(base));
        ports.put("base-management", List.of(baseManagement));
        ports.put("main", List.of(main));
        ports.put("main-management", List.of(mainManagement));
        ports.put("streams", streams);
        ports.put("streams-management", streamsManagement);
        ports.put("cassandra", List.of(cassandra));
        ports.put("cassandra-storage", List.of(cassandraStorage));
        ports.put("redis", redis);
        ports.put("redis-messages", List.of(redisMessages));
        return ports;
    }

    /** @throws IllegalArgumentException naming the first setting that cannot be used */
    void check() {
        if (streams.isEmpty() || streams.size() != streamsManagement.size()) {
            throw new IllegalArgumentException("streams and streams-management: each needs one port per instance.");
        }
        if (redis.isEmpty()) {
            throw new IllegalArgumentException("redis: at least one port is needed.");
        }
        Set<Integer> seen = new HashSet<>();
        byName().forEach((name, ports) -> {
            for (int port : ports) {
                if (port < 1 || port > HIGHEST) {
                    throw new IllegalArgumentException(name + ": " + port + " is no port (1 to " + HIGHEST + ").");
                }
                if (!seen.add(port)) {
                    throw new IllegalArgumentException(name + ": port " + port + " is given twice.");
                }
            }
        });
    }
}

package io.kubescaler.main.system;

import io.kubescaler.api.Metrics;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of one instance. Counts start at zero when the instance starts; two reports make a rate.
 *
 * @param problem why it has no metrics; null if it answered
 * @param at when it answered; null if it did not
 * @param streaming null unless it is an instance of the stream service
 */
record InstanceReport(
        String service,
        String name,
        @Nullable String problem,
        @Nullable Instant at,
        @Nullable Instant startedAt,
        @Nullable Streaming streaming,
        List<Dependency> dependencies) {

    /**
     * @param streams open now
     * @param lost messages that clients missed because they were slow
     * @param refused rejected streams by status
     */
    record Streaming(long streams, long bytes, long messages, long lost, Map<String, Long> refused) {}

    /**
     * The latency of a service or store that the instance calls.
     *
     * @param seconds the sum of all calls
     * @param longest the longest call of the last minutes, in seconds
     */
    record Dependency(String name, long calls, double seconds, double longest) {

        private Dependency and(Dependency other) {
            return new Dependency(name, calls + other.calls, seconds + other.seconds, Math.max(longest, other.longest));
        }
    }

    /** The timers behind the dependencies; each has {@code _count}, {@code _sum} and {@code _max}. */
    private static final Map<String, Function<Sample, String>> CALLS = Map.of(
            "http_client_requests_seconds",
            sample -> "base",
            "cassandra_session_cql_requests_seconds",
            sample -> "cassandra",
            Metrics.inPrometheus(Metrics.REDIS, "seconds"),
            sample -> "redis " + sample.label(Metrics.NODE));

    private static final String STARTED = "process_start_time_seconds";
    private static final String STREAMS = Metrics.inPrometheus(Metrics.CONNECTIONS);
    private static final String REQUESTS = "http_server_requests_seconds_count";
    private static final String STREAM_ADDRESS = "/stream/";

    /** The metrics that {@link #of} reads, as a regular expression. */
    static final String METRICS = STARTED + "|kubescaler_stream_.*|" + REQUESTS + "|("
            + String.join("|", CALLS.keySet()) + ")_(count|sum|max)";

    static InstanceReport unknown(String service, String name, String problem) {
        return new InstanceReport(service, name, problem, null, null, null, List.of());
    }

    static InstanceReport of(String service, String name, Instant at, Collection<Sample> samples) {
        double started = sum(samples, STARTED);
        boolean streams = samples.stream().anyMatch(sample -> sample.metric().equals(STREAMS));
        return new InstanceReport(
                service,
                name,
                null,
                at,
                started == 0 ? null : Instant.ofEpochMilli((long) (started * 1e3)),
                streams ? streaming(samples) : null,
                dependencies(samples));
    }

    private static Streaming streaming(Collection<Sample> samples) {
        Map<String, Long> refused = new TreeMap<>();
        for (Sample sample : samples) {
            if (sample.metric().equals(REQUESTS)
                    && sample.label("uri").startsWith(STREAM_ADDRESS)
                    && sample.label("method").equals("GET")
                    && sample.label("status").matches("[45]..")) {
                refused.merge(sample.label("status"), (long) sample.value(), Long::sum);
            }
        }
        return new Streaming(
                (long) sum(samples, STREAMS),
                (long) sum(samples, Metrics.inPrometheus(Metrics.SENT, "bytes", "total")),
                (long) sum(samples, Metrics.inPrometheus(Metrics.MESSAGES_SENT, "total")),
                (long) sum(samples, Metrics.inPrometheus(Metrics.MESSAGES_DROPPED, "total")),
                refused);
    }

    private static List<Dependency> dependencies(Collection<Sample> samples) {
        Map<String, Dependency> byName = new TreeMap<>();
        for (Sample sample : samples) {
            int end = sample.metric().lastIndexOf('_');
            Function<Sample, String> name = CALLS.get(sample.metric().substring(0, Math.max(0, end)));
            if (name == null) {
                continue;
            }
            Dependency one = switch (sample.metric().substring(end)) {
                case "_count" -> new Dependency(name.apply(sample), (long) sample.value(), 0, 0);
                case "_sum" -> new Dependency(name.apply(sample), 0, sample.value(), 0);
                case "_max" -> new Dependency(name.apply(sample), 0, 0, sample.value());
                default -> null;
            };
            if (one != null) {
                byName.merge(one.name(), one, Dependency::and);
            }
        }
        return List.copyOf(byName.values());
    }

    private static double sum(Collection<Sample> samples, String metric) {
        return samples.stream()
                .filter(sample -> sample.metric().equals(metric))
                .mapToDouble(Sample::value)
                .sum();
    }
}

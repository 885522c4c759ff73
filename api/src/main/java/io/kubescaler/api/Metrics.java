package io.kubescaler.api;

/** Names of the platform's own meters. In Prometheus, they have underscores, units and suffixes. */
public final class Metrics {

    /** Gauge: streams that the instance is serving. */
    public static final String CONNECTIONS = "kubescaler.stream.connections";

    /** Gauge: how many streams the instance accepts. */
    public static final String LIMIT = "kubescaler.stream.limit";

    /** Timer: how long each stream lasted, from its request to its end. */
    public static final String SERVED = "kubescaler.stream.served";

    /** Counter: messages written to clients. */
    public static final String MESSAGES_SENT = "kubescaler.stream.messages.sent";

    /** Counter: messages that clients missed because they were slower than their stream. */
    public static final String MESSAGES_DROPPED = "kubescaler.stream.messages.dropped";

    /** Counter: random messages that were not made, because the instance was late. No client gets them. */
    public static final String MESSAGES_SKIPPED = "kubescaler.stream.messages.skipped";

    /** Gauge: 1 while the Redis of the published messages answers, else 0. Only with that source. */
    public static final String MESSAGES_UP = "kubescaler.stream.messages.up";

    /** Counter, in bytes: messages written to clients. */
    public static final String SENT = "kubescaler.stream.sent";

    /** Counter by {@link #REASON}: streams that the instance did not accept. */
    public static final String REFUSED = "kubescaler.stream.refused";

    /** Timer by {@link #NODE}, {@link #OPERATION} and {@link #OUTCOME}: each call to a Redis master. */
    public static final String REDIS = "kubescaler.redis";

    /** Timer by {@link #OUTCOME}: each attempt to take the lock of a pair. */
    public static final String LOCK_ACQUIRE = "kubescaler.lock.acquire";

    /** Timer: each refresh of a batch of leases on all Redis masters. */
    public static final String LOCK_REFRESH = "kubescaler.lock.refresh";

    /** Counter by {@link #REASON}: leases lost while their client still streamed. */
    public static final String LOCK_LOST = "kubescaler.lock.lost";

    /** Gauge: Redis masters in the instance's settings. */
    public static final String LOCK_NODES = "kubescaler.lock.nodes";

    /** Gauge: Redis masters that answer. */
    public static final String LOCK_NODES_UP = "kubescaler.lock.nodes.up";

    /** Tag: the address of a Redis master. */
    public static final String NODE = "node";

    /** Tag: the kind of call to a Redis master. */
    public static final String OPERATION = "operation";

    /** Tag: how a call ended. */
    public static final String OUTCOME = "outcome";

    /** Tag: why a stream was rejected or a lease was lost. */
    public static final String REASON = "reason";

    /**
     * The name in Prometheus.
     *
     * @param suffixes the unit and the suffix for the meter's kind, for example {@code "seconds", "count"}
     */
    public static String inPrometheus(String meter, String... suffixes) {
        String name = meter.replace('.', '_');
        return suffixes.length == 0 ? name : name + "_" + String.join("_", suffixes);
    }

    private Metrics() {}
}

package io.kubescaler.load;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Measures a fleet and its servers. */
final class Measurement {

    private static final double BYTES_IN_A_MEGABYTE = 1e6;
    private static final double BYTES_IN_A_GIGABYTE = 1e9;
    private static final double NANOS_IN_A_SECOND = 1e9;
    private static final double NANOS_IN_A_MILLISECOND = 1e6;

    private final Fleet fleet;
    private final List<ServerProcess> servers;
    private final long residentBefore;

    /** Must be created before the first stream opens. */
    Measurement(Fleet fleet, List<ServerProcess> servers) {
        this.fleet = fleet;
        this.servers = servers;
        residentBefore = resident(servers);
    }

    Report over(Duration duration) throws InterruptedException {
        Snapshot before = fleet.ask(Duration.ZERO, this::snapshot);
        return fleet.ask(duration, clients -> report(before, snapshot(clients), clients));
    }

    /** All counters at one moment. */
    private record Snapshot(long nanos, Duration cpu, long[] bytes, long messages, long lost) {}

    private Snapshot snapshot(List<StreamClient> clients) {
        return new Snapshot(
                System.nanoTime(),
                servers.stream().map(ServerProcess::cpu).reduce(Duration.ZERO, Duration::plus),
                clients.stream().mapToLong(StreamClient::bytes).toArray(),
                clients.stream().mapToLong(StreamClient::messages).sum(),
                clients.stream().mapToLong(StreamClient::lost).sum());
    }

    private Report report(Snapshot before, Snapshot after, List<StreamClient> clients) {
        double seconds = (after.nanos - before.nanos) / NANOS_IN_A_SECOND;
        long[] bytes = IntStream.range(0, clients.size())
                .mapToLong(i -> after.bytes[i] - before.bytes[i])
                .toArray();
        long lowest = IntStream.range(0, clients.size())
                .filter(i ->
                        clients.get(i).streams() && !clients.get(i).request().stalls())
                .mapToLong(i -> bytes[i])
                .min()
                .orElse(0);
        double[] firstBytes = clients.stream()
                .filter(client -> client.firstByteNanos() > 0)
                .mapToDouble(client -> rounded(client.firstByteNanos() / NANOS_IN_A_MILLISECOND))
                .toArray();
        return new Report(
                clients.size(),
                (int) clients.stream().filter(StreamClient::streams).count(),
                clients.stream()
                        .map(StreamClient::refused)
                        .filter(status -> status > 0)
                        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting())),
                clients.stream().filter(StreamClient::failedBeforeAnswer).count(),
                clients.stream().filter(StreamClient::closedEarly).count(),
                clients.stream()
                        .filter(client -> client.streams() && client.request().stalls())
                        .count(),
                rounded(seconds),
                rounded(Arrays.stream(bytes).sum() / BYTES_IN_A_MEGABYTE / seconds),
                rounded(lowest / BYTES_IN_A_MEGABYTE / seconds),
                after.messages - before.messages,
                after.lost - before.lost,
                firstBytes.length == 0 ? null : Report.Percentiles.of(firstBytes),
                servers.isEmpty()
                        ? null
                        : server(before, after, Arrays.stream(bytes).sum()));
    }

    private Report.Server server(Snapshot before, Snapshot after, long bytes) {
        double cpuSeconds = after.cpu.minus(before.cpu).toNanos() / NANOS_IN_A_SECOND;
        return new Report.Server(
                servers.stream().map(ServerProcess::pid).toList(),
                rounded(cpuSeconds),
                rounded(cpuSeconds / bytes * BYTES_IN_A_GIGABYTE),
                rounded(resident(servers) / BYTES_IN_A_MEGABYTE),
                rounded(residentBefore / BYTES_IN_A_MEGABYTE));
    }

    private static long resident(List<ServerProcess> servers) {
        return servers.stream().mapToLong(ServerProcess::residentBytes).sum();
    }

    /** Three decimals are enough. */
    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}

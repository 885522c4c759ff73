package io.kubescaler.load;

import io.kubescaler.api.Pair;
import io.kubescaler.load.Report.Percentiles;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "start",
        description = {
            "Starts its own platform. Reports the time from the start of stream-service to its first stream, and how"
                    + " fast it starts the streams of many clients that connect within one second.",
            "The clients connect several times: first to a fresh instance, then to a warm one."
        },
        showDefaultValues = true,
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {

    private static final Duration ARRIVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final double NANOS_IN_A_MILLISECOND = 1e6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--clients", defaultValue = "1000", description = "Number of clients within one second.")
    private int clients;

    @Option(names = "--starts", defaultValue = "3", description = "Number of instances, started one after the other.")
    private int starts;

    @Option(
            names = "--bursts",
            defaultValue = "4",
            description = "Number of times that the clients connect to each instance.")
    private int bursts;

    /**
     * One instance; times are milliseconds since the start of its process.
     *
     * @param firstStreamMillis until a client receives the first byte of a stream
     */
    private record Start(double readyMillis, double firstStreamMillis, List<Burst> bursts) {}

    /**
     * Clients that connected within one second.
     *
     * @param streams the streams that started; the other clients were rejected or got no answer
     * @param perSecond streams started per second, until the last one
     * @param firstByteMillis from connecting to the first byte, including taking the lock
     */
    private record Burst(int clients, int streams, double perSecond, Percentiles firstByteMillis) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Start> measured = new ArrayList<>();
        try (Platform platform = new Platform()) {
            for (int i = 1; i <= starts; i++) {
                // New pairs per instance: if the previous one could not free a lock, its pair would be rejected here.
                Start start = start(platform, "stream-" + i, Pairs.make(platform.base(), clients + 1));
                spec.commandLine()
                        .getErr()
                        .println("Start %d of %d: ready after %.0f ms, first stream after %.0f ms"
                                .formatted(i, starts, start.readyMillis(), start.firstStreamMillis()));
                measured.add(start);
            }
        }
        spec.commandLine().getOut().println(LoadTest.JSON.writeValueAsString(measured));
        return 0;
    }

    private Start start(Platform platform, String name, List<Pair> pairs) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Service stream = platform.stream(name);
        double ready = millisSince(begin);
        Burst alone = open(stream, pairs.subList(clients, clients + 1), Duration.ZERO);
        double first = millisSince(begin);
        if (alone.streams() == 0) {
            throw new IllegalStateException("The first client was rejected.");
        }
        List<Burst> came = new ArrayList<>();
        for (int i = 0; i < bursts; i++) {
            came.add(open(stream, pairs.subList(0, clients), ARRIVAL));
        }
        stream.process().close();
        return new Start(ready, first, came);
    }

    private Burst open(Service stream, List<Pair> pairs, Duration arrival) throws InterruptedException {
        try (Fleet fleet = new Fleet()) {
            Measurement measurement = new Measurement(fleet, List.of());
            long begin = System.nanoTime();
            fleet.open(
                    pairs.stream()
                            .map(pair -> new StreamRequest(Pairs.stream(Platform.url(stream), pair), false))
                            .toList(),
                    arrival,
                    PATIENCE);
            double millis = millisSince(begin);
            Report report = measurement.over(Duration.ZERO);
            fleet.sayGoodbye();
            if (report.firstByteMillis() == null) {
                throw new IllegalStateException("No client got an answer.");
            }
            return new Burst(
                    report.asked(),
                    report.streams(),
                    Math.round(report.streams() / millis * 1000),
                    report.firstByteMillis());
        }
    }

    private static double millisSince(long nanos) {
        return Math.round((System.nanoTime() - nanos) / NANOS_IN_A_MILLISECOND);
    }
}

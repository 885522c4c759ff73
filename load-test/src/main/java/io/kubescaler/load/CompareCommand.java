package io.kubescaler.load;

import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "compare",
        description = {
            "Starts its own platform, and nginx with nchan. Loads stream-service and nchan in turn with the same"
                    + " streams, and reports CPU seconds per gigabyte for each.",
            "A round counts only if both delivered all messages. After six rounds that do not count, it starts again"
                    + " with half as many streams."
        },
        showDefaultValues = true,
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {

    /** The defaults of stream-service. */
    private static final int MESSAGE_SIZE = 25_000;

    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration RAMP = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FEWEST = 50;
    private static final double DELIVERED = 0.98;
    private static final int TRIES = 6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--streams", defaultValue = "1000", description = "Number of streams at once.")
    private int streams;

    @Option(names = "--rounds", defaultValue = "3", description = "Number of measurements of each.")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "120s",
            description = "Time of load on stream-service before the first round, so that its compiler is done.")
    private Duration warmUp;

    @Option(names = "--duration", defaultValue = "15s", description = "Time of one measurement.")
    private Duration duration;

    /** @param ratio CPU seconds per gigabyte of stream-service, divided by those of nchan */
    private record Round(Report stream, Report nchan, double ratio) {

        /** Whether both delivered at least 98% of the messages. */
        boolean delivered() {
            return Stream.of(stream, nchan).allMatch(report -> report.messages() >= DELIVERED * expected(report));
        }

        private static double expected(Report report) {
            return report.asked() * report.seconds() / INTERVAL.toMillis() * 1000;
        }
    }

    /**
     * @param stream CPU seconds per gigabyte of stream-service; {@code stream}, {@code nchan} and {@code ratio} are
     *     medians of the rounds
     * @param notCounted rounds without all messages delivered
     */
    private record Comparison(
            int streams, double stream, double nchan, double ratio, int notCounted, List<Round> rounds) {

        static Comparison of(List<Round> rounds, int notCounted) {
            return new Comparison(
                    rounds.get(0).stream().asked(),
                    median(rounds, round -> cost(round.stream())),
                    median(rounds, round -> cost(round.nchan())),
                    median(rounds, Round::ratio),
                    notCounted,
                    rounds);
        }

        private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
            double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
            return sorted[sorted.length / 2];
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Platform platform = new Platform();
                Nchan nchan = new Nchan(platform, MESSAGE_SIZE, INTERVAL)) {
            Service stream = platform.stream("stream");
            List<LocalUrl> pairs = Pairs.make(platform.base(), streams).stream()
                    .map(pair -> Pairs.stream(Platform.url(stream), pair))
                    .toList();
            say("Warming up");
            load(Platform.server(stream), pairs, true, warmUp);
            spec.commandLine().getOut().println(LoadTest.JSON.writeValueAsString(compare(stream, nchan, pairs)));
        }
        return 0;
    }

    private Comparison compare(Service stream, Nchan nchan, List<LocalUrl> pairs) throws InterruptedException {
        List<Round> counted = new ArrayList<>();
        int notCounted = 0;
        while (counted.size() < rounds) {
            Round round = round(stream, nchan, pairs);
            String figures = "stream-service %.3f s/GB, nchan %.3f s/GB, ratio %.3f"
                    .formatted(cost(round.stream()), cost(round.nchan()), round.ratio());
            if (round.delivered()) {
                counted.add(round);
                say("Round %d of %d: %s".formatted(counted.size(), rounds, figures));
                continue;
            }
            notCounted++;
            say("Not counted, because not all messages were delivered: " + figures);
            if (notCounted == TRIES) {
                if (pairs.size() <= FEWEST) {
                    throw new IllegalStateException("This machine cannot carry " + pairs.size() + " streams now.");
                }
                say("This machine cannot carry that many streams now; starting again with " + pairs.size() / 2);
                return compare(stream, nchan, pairs.subList(0, pairs.size() / 2));
            }
        }
        return Comparison.of(counted, notCounted);
    }

    private Round round(Service stream, Nchan nchan, List<LocalUrl> pairs) throws InterruptedException {
        Report ours = load(Platform.server(stream), pairs, true, duration);
        Report theirs = load(nchan.server(), Collections.nCopies(pairs.size(), nchan.stream()), false, duration);
        return new Round(ours, theirs, Math.round(1000 * cost(ours) / cost(theirs)) / 1000.0);
    }

    private Report load(ServerProcess server, List<LocalUrl> urls, boolean sessions, Duration duration)
            throws InterruptedException {
        try (Fleet fleet = new Fleet()) {
            Measurement measurement = new Measurement(fleet, List.of(server));
            fleet.open(urls.stream().map(url -> new StreamRequest(url, false)).toList(), RAMP, PATIENCE);
            Report report = measurement.over(duration);
            if (sessions) {
                fleet.sayGoodbye();
            }
            return report;
        }
    }

    private static double cost(Report report) {
        return Objects.requireNonNull(report.server()).cpuSecondsPerGigabyte();
    }

    private void say(String what) {
        spec.commandLine().getErr().println(what);
    }
}

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
            "Starts a platform of its own and nginx with nchan, loads stream-service and nchan in turns with the same streams,"
                    + " and tells what each takes of the CPU for a gigabyte.",
            "A round in which one of them did not deliver all messages is not counted: the two did not do the same. After"
                    + " six of those, half as many streams are compared."
        },
        showDefaultValues = true,
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {

    /** As stream-service has them when nothing is said. */
    private static final int MESSAGE_SIZE = 25_000;

    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration RAMP = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FEWEST = 50;
    private static final double DELIVERED = 0.98;
    private static final int TRIES = 6;

    @Spec
    private CommandSpec spec;

    @Option(names = "--streams", defaultValue = "1000", description = "How many at once.")
    private int streams;

    @Option(names = "--rounds", defaultValue = "3", description = "How often each is measured.")
    private int rounds;

    @Option(
            names = "--warm-up",
            defaultValue = "120s",
            description = "How long stream-service is loaded first: its compiler works along with it that long.")
    private Duration warmUp;

    @Option(names = "--duration", defaultValue = "15s", description = "How long each is measured in a round.")
    private Duration duration;

    /** @param ratio what a gigabyte takes of the CPU by stream-service, for what it takes by nchan */
    private record Round(Report stream, Report nchan, double ratio) {

        /** Whether both have delivered all messages, but for two in a hundred. */
        boolean delivered() {
            return Stream.of(stream, nchan).allMatch(report -> report.messages() >= DELIVERED * expected(report));
        }

        private static double expected(Report report) {
            return report.asked() * report.seconds() / INTERVAL.toMillis() * 1000;
        }
    }

    /**
     * @param stream CPU seconds of stream-service for a gigabyte, the median of the rounds, as are the other two
     * @param notCounted rounds in which not all messages were delivered
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
            say("Not counted, since not all messages were delivered: " + figures);
            if (notCounted == TRIES) {
                if (pairs.size() <= FEWEST) {
                    throw new IllegalStateException("This machine does not carry " + pairs.size() + " streams now.");
                }
                say("This machine does not carry that many streams now; beginning again with " + pairs.size() / 2);
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

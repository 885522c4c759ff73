package io.kubescaler.load;

import io.kubescaler.load.Platform.Service;
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
            "What a machine does not carry is halved until it does."
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

    @Spec
    private CommandSpec spec;

    @Option(names = "--streams", defaultValue = "1000", description = "How many at once.")
    private int streams;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "How often each is measured, after one round to warm up.")
    private int rounds;

    @Option(names = "--duration", defaultValue = "15s", description = "How long each is measured in a round.")
    private Duration duration;

    /** @param ratio what a gigabyte takes of the CPU by stream-service, for what it takes by nchan */
    private record Round(Report stream, Report nchan, double ratio) {

        /** Whether nobody missed more than a few messages: else the two did not do the same. */
        boolean delivered() {
            return Stream.of(stream, nchan).allMatch(report -> report.messages() >= DELIVERED * expected(report));
        }

        private static double expected(Report report) {
            return report.asked() * report.seconds() / INTERVAL.toMillis() * 1000;
        }
    }

    /**
     * @param stream CPU seconds of stream-service for a gigabyte, the median of the rounds, as are the other two
     * @param delivered whether both have delivered all messages in all rounds, but for two in a hundred
     */
    private record Comparison(
            int streams, boolean delivered, double stream, double nchan, double ratio, List<Round> rounds) {

        static Comparison of(List<Round> rounds) {
            return new Comparison(
                    rounds.get(0).stream().asked(),
                    rounds.stream().allMatch(Round::delivered),
                    median(rounds, round -> cost(round.stream())),
                    median(rounds, round -> cost(round.nchan())),
                    median(rounds, Round::ratio),
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
            List<LocalUrl> pairs = Pair.make(platform.base(), streams).stream()
                    .map(pair -> pair.at(stream.url()))
                    .toList();
            say("Warming up");
            int carried = streams;
            while (!round(stream, nchan, pairs.subList(0, carried)).delivered() && carried > FEWEST) {
                carried /= 2;
                say("This machine does not carry that many streams now; going on with " + carried);
            }
            List<Round> counted = new ArrayList<>();
            for (int i = 1; i <= rounds; i++) {
                Round round = round(stream, nchan, pairs.subList(0, carried));
                say("Round %d of %d: stream-service %.3f s/GB, nchan %.3f s/GB, ratio %.3f"
                        .formatted(i, rounds, cost(round.stream()), cost(round.nchan()), round.ratio()));
                counted.add(round);
            }
            spec.commandLine().getOut().println(LoadTest.JSON.writeValueAsString(Comparison.of(counted)));
        }
        return 0;
    }

    private Round round(Service stream, Nchan nchan, List<LocalUrl> pairs) throws InterruptedException {
        Report ours = load(stream.server(), pairs, true);
        Report theirs = load(nchan.server(), Collections.nCopies(pairs.size(), nchan.stream()), false);
        return new Round(ours, theirs, Math.round(1000 * cost(ours) / cost(theirs)) / 1000.0);
    }

    private Report load(ServerProcess server, List<LocalUrl> urls, boolean sessions) throws InterruptedException {
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

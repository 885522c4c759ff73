package io.kubescaler.load;

import io.kubescaler.api.Pair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "load",
        description = "Opens streams on running instances, for instance those of ./run.",
        showDefaultValues = true,
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {

    private static final int MOST_STREAMS = 20_000;
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--target",
            split = ",",
            defaultValue = "http://127.0.0.1:8083",
            description = "Instances of stream-service, all in 127.0.0.0/8. The streams are spread over them.")
    private List<LocalUrl> targets;

    @Option(
            names = "--profiles",
            defaultValue = "http://127.0.0.1:8080/main/profiles",
            description = "The list of pairs, from main or base.")
    private LocalUrl profiles;

    @Option(names = "--streams", defaultValue = "100", description = "Number of streams, at most " + MOST_STREAMS + ".")
    private int streams;

    @Option(names = "--ramp", defaultValue = "5s", description = "Time over which they are opened.")
    private Duration ramp;

    @Option(names = "--duration", defaultValue = "20s", description = "Time of the measurement after that.")
    private Duration duration;

    @Option(
            names = "--stalled",
            defaultValue = "0",
            description = "Share of clients that stop reading after their first message, from 0 to 1.")
    private double stalled;

    @Option(
            names = "--pid",
            split = ",",
            showDefaultValue = Visibility.NEVER,
            description = "Processes to measure CPU and memory of; by default, those that listen on the targets.")
    private List<Long> pids = List.of();

    @Override
    public Integer call() throws InterruptedException {
        check();
        List<ServerProcess> servers = servers();
        List<Pair> pairs = Pairs.list(profiles, streams);
        List<StreamRequest> requests = IntStream.range(0, streams)
                .mapToObj(i ->
                        new StreamRequest(Pairs.stream(targets.get(i % targets.size()), pairs.get(i)), stalls(i)))
                .toList();
        try (Fleet fleet = new Fleet()) {
            Measurement measurement = new Measurement(fleet, servers);
            fleet.open(requests, ramp, PATIENCE);
            Report report = measurement.over(duration);
            spec.commandLine().getOut().println(LoadTest.JSON.writeValueAsString(report));
            int locked = fleet.sayGoodbye();
            if (locked > 0) {
                spec.commandLine().getErr().println(locked + " pairs stay locked for up to a minute.");
            }
            if (report.streams() == 0) {
                spec.commandLine()
                        .getErr()
                        .println("No stream is open: " + report.failed() + " had no answer (do the targets run?), "
                                + report.refused().values().stream()
                                        .mapToLong(Long::longValue)
                                        .sum()
                                + " were refused.");
                return 1;
            }
        }
        return 0;
    }

    private void check() {
        require(streams >= 1 && streams <= MOST_STREAMS, "--streams must be from 1 to " + MOST_STREAMS);
        require(ramp.compareTo(LONGEST) <= 0, "--ramp must be at most " + LONGEST.toMinutes() + "m");
        require(duration.compareTo(LONGEST) <= 0, "--duration must be at most " + LONGEST.toMinutes() + "m");
        require(stalled >= 0 && stalled <= 1, "--stalled must be from 0 to 1");
    }

    private void require(boolean fulfilled, String otherwise) {
        if (!fulfilled) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    /** Spreads the stalled clients evenly, on each target. */
    private boolean stalls(int i) {
        int turn = i / targets.size();
        return (long) ((turn + 1) * stalled) > (long) (turn * stalled);
    }

    private List<ServerProcess> servers() {
        List<ServerProcess> found = pids.isEmpty()
                ? targets.stream()
                        .mapToInt(LocalUrl::port)
                        .distinct()
                        .boxed()
                        .flatMap(port -> ServerProcess.listeningOn(port).stream())
                        .toList()
                : pids.stream().map(this::process).toList();
        if (found.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("Found no process that listens on a target, so CPU and memory are not measured.");
        }
        return found;
    }

    private ServerProcess process(long pid) {
        try {
            return ServerProcess.of(pid);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }
}

package io.kubescaler.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The load test against its own platform. */
class LoadTestIT {

    private static final int STREAMS = 20;

    private static Platform platform;
    private static Service stream;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine commandLine =
            LoadTest.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    /** Long time-outs for a busy machine: these tests check the report, not the service. */
    @BeforeAll
    static void start() throws IOException, InterruptedException {
        platform = new Platform();
        stream = platform.stream("stream", "--kubescaler.redis.timeout=5s", "--kubescaler.base.timeout=10s");
        Pairs.make(platform.base(), STREAMS);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void measuresStreamsAndWhatTheyCost() {
        JsonNode report = load("--streams=" + STREAMS, "--stalled=0.25");

        assertThat(report.get("streams").asInt()).isEqualTo(STREAMS);
        assertThat(report.get("stalled").asInt()).isEqualTo(STREAMS / 4);
        assertThat(report.get("refused")).isEmpty();
        assertThat(report.get("failed").asInt()).isZero();
        assertThat(report.get("closedEarly").asInt()).isZero();
        assertThat(report.get("messages").asInt()).isGreaterThan(STREAMS);
        assertThat(report.get("megabytesPerSecond").asDouble()).isGreaterThan(0.1);
        assertThat(report.get("lowestStream").asDouble())
                .isGreaterThan(0)
                .isLessThan(report.get("megabytesPerSecond").asDouble());
        assertThat(report.get("firstByteMillis").get("p50").asDouble())
                .isGreaterThan(0)
                .isLessThanOrEqualTo(report.get("firstByteMillis").get("max").asDouble());
        JsonNode server = report.get("server");
        assertThat(server.get("pids").get(0).asLong())
                .isEqualTo(stream.process().pid());
        assertThat(server.get("cpuSecondsPerGigabyte").asDouble()).isGreaterThan(0);
        assertThat(server.get("residentMegabytes").asDouble()).isGreaterThan(50);
    }

    @Test
    void leavesNoLockBehind() {
        load("--streams=" + STREAMS);

        assertThat(load("--streams=" + STREAMS).get("streams").asInt()).isEqualTo(STREAMS);
    }

    @Test
    void tellsWhoWasRefused() throws InterruptedException {
        Pair first = Pairs.list(platform.base().resolve("/profiles"), 1).get(0);
        try (Fleet fleet = new Fleet()) {
            fleet.open(
                    List.of(new StreamRequest(Pairs.stream(Platform.url(stream), first), false)),
                    Duration.ZERO,
                    Duration.ofSeconds(30));

            JsonNode report = load("--streams=" + STREAMS);

            assertThat(report.get("refused").get("409").asInt()).isEqualTo(1);
            assertThat(report.get("streams").asInt()).isEqualTo(STREAMS - 1);
            assertThat(fleet.sayGoodbye()).isZero();
        }
    }

    @Test
    void saysHowManyPairsAreMissing() {
        assertThat(execute("--streams=" + (STREAMS + 1))).isNotZero();
        assertThat(err.toString()).contains("There are " + STREAMS + " pairs", "testdata");
    }

    @Test
    void saysThatNoTargetAnswers() {
        int code = commandLine.execute(
                "load",
                "--target=http://127.0.0.1:" + FreePorts.next(),
                "--profiles=" + platform.base().uri() + "/profiles",
                "--streams=1",
                "--ramp=1s",
                "--duration=1s");

        assertThat(code).isNotZero();
        assertThat(err.toString()).contains("No stream is open: 1 had no answer");
    }

    private JsonNode load(String... options) {
        assertThat(execute(options)).as(err.toString()).isZero();
        JsonNode report = LoadTest.JSON.readTree(out.toString());
        out.getBuffer().setLength(0);
        return report;
    }

    private int execute(String... options) {
        Stream<String> common = Stream.of(
                "load",
                "--target=" + stream.url(),
                "--profiles=" + platform.base().uri() + "/profiles",
                "--ramp=1s",
                "--duration=2s");
        return commandLine.execute(Stream.concat(common, Stream.of(options)).toArray(String[]::new));
    }
}

package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Starting or building something in the same folder does not disturb a running platform. */
@Tag("long")
@ExtendWith(SharedLocal.class)
class BesideIT {

    private static final Path STATIC = RunningLocal.ROOT.resolve("web-client/src/main/resources/static");
    private static final Path PAGE = STATIC.resolve("index.html");

    @Test
    void everyPageIsStillThere(RunningLocal local) throws Exception {
        assertEveryPage(local);

        // A source that is newer than the jars: whatever builds, builds now.
        FileTime changed = FileTime.from(Instant.now());
        Files.setLastModifiedTime(PAGE, changed);
        assertThat(printed(0, RunningLocal.ROOT.resolve("run").toString(), "--help"))
                .contains("--kubescaler.local.ports.gateway=")
                .doesNotContain("Building");
        assertThat(printed(0, RunningLocal.ROOT.resolve("load-test/run").toString(), "compare", "--help"))
                .contains("--rounds")
                .doesNotContain("Building");
        assertEveryPage(local);

        assertThat(printed(2, RunningLocal.ROOT.resolve("load-test/run").toString(), "load", "--streams=0"))
                .contains("Building")
                .contains("--streams must be from 1");
        assertEveryPage(local);

        try (RunningLocal other = RunningLocal.create("beside")) {
            other.start();
            // By this start, or by another one from the same folder.
            assertThat(Files.getLastModifiedTime(RunningLocal.ROOT.resolve("local/target/built")))
                    .isGreaterThan(changed);
            assertEveryPage(other);
            assertEveryPage(local);
        }
        assertEveryPage(local);

        assertThat(printed(1, local.command()))
                .doesNotContain("Building")
                .contains("Another ./run uses the data folder " + local.data());
        assertEveryPage(local);
    }

    /** What a command prints that ends with this code. */
    private static String printed(int exitCode, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("beside", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
        }
        String printed = Files.readString(output);
        Files.delete(output);
        assertThat(process.exitValue()).as(printed).isEqualTo(exitCode);
        return printed;
    }

    /** Pages, what they load, and what is behind them: as whole as in the sources. */
    private static void assertEveryPage(RunningLocal local) throws IOException, InterruptedException {
        assertPage(local, "/", PAGE);
        assertPage(local, "/index/" + UUID.randomUUID() + "/" + UUID.randomUUID(), STATIC.resolve("stream.html"));
        assertPage(local, "/load", STATIC.resolve("load.html"));
        assertPage(local, "/system", STATIC.resolve("system.html"));
        List<Path> assets;
        try (Stream<Path> files = Files.walk(STATIC.resolve("assets"))) {
            assets = files.filter(Files::isRegularFile).toList();
        }
        assertThat(assets).isNotEmpty();
        for (Path asset : assets) {
            assertPage(local, "/" + STATIC.relativize(asset), asset);
        }
        assertThat(get(local, "/main/users")).contains("items");
    }

    private static void assertPage(RunningLocal local, String path, Path source)
            throws IOException, InterruptedException {
        assertThat(get(local, path)).as(path).isEqualTo(Files.readString(source));
    }

    private static String get(RunningLocal local, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(local.gateway(path)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
}

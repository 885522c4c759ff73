package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.access.AccessMode;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests that schemathesis makes from the descriptions of all calls, valid and not: each is answered as described, no
 * answer is a 500, each rejection has words, and the streams of others go on.
 */
@Tag("long")
class FuzzIT {

    private static final Path DESCRIPTIONS = RunningLocal.ROOT.resolve("api/src/main/resources/openapi");
    private static final String PUBLISHING = "/profiles/{profileId}/messages";
    private static final int STREAMS = 4;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder;

    @Test
    @Timeout(900)
    void everyCallAnswersAsDescribedWhateverIsSent() throws Exception {
        assumeTrue(isInstalled(), "SKIPPED: the fuzzing of all calls needs schemathesis (pip install schemathesis)");
        List<String> faults = new ArrayList<>();
        // A platform of its own, for what is made up is stored, too. Little test data, so that making it takes no
        // minutes.
        try (RunningLocal local = RunningLocal.create("fuzzed", AccessMode.OPEN, "KUBESCALER_TESTDATALIMIT=100")) {
            local.start();
            // With the ids that it finds: it deletes what it finds, too.
            faults.addAll(fuzz("base", local.base("")));
            try (Audience audience = new Audience(local, STREAMS);
                    Service publishing = local.publishing()) {
                faults.addAll(fuzz(withoutFoundIds(), "base", local.base(""), List.of()));
                faults.addAll(fuzz("main", local.gateway("")));
                faults.addAll(fuzz(
                        "main", URI.create("http://127.0.0.1:" + local.ports().main())));
                for (URI stream : List.of(local.gateway(""), local.stream(0, ""))) {
                    faults.addAll(fuzz("stream", stream, "--exclude-path=" + PUBLISHING));
                }
                // It is 409 for all but the client that streams it.
                faults.addAll(fuzz(
                        only(audience.pair()), "stream", local.gateway(""), List.of("--exclude-path=" + PUBLISHING)));
                faults.addAll(fuzz("stream", publishing.management(), "--include-path=" + PUBLISHING));
                audience.assertGoesOn();
            }
        }
        assertThat(faults).isEmpty();
    }

    private static boolean isInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("schemathesis", "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private List<String> withoutFoundIds() throws IOException {
        return configuration("phases.coverage.extra-data-sources.responses = false%n"
                + "phases.fuzzing.extra-data-sources.responses = false%n");
    }

    private List<String> only(String pair) throws IOException {
        String[] ids = pair.split("/");
        return configuration("[parameters]%n\"path.userId\" = \"%s\"%n\"path.profileId\" = \"%s\"%n", ids[0], ids[1]);
    }

    private List<String> configuration(String text, Object... values) throws IOException {
        Path file = Files.createTempFile(folder, "schemathesis", ".toml");
        Files.writeString(file, text.formatted(values));
        return List.of("--config-file", file.toString());
    }

    private List<String> fuzz(String service, URI target, String... options) throws IOException, InterruptedException {
        return fuzz(List.of(), service, target, List.of(options));
    }

    /** What was wrong. */
    private List<String> fuzz(List<String> configuration, String service, URI target, List<String> options)
            throws IOException, InterruptedException {
        Path exchanges = Files.createTempFile(folder, service, ".har");
        Path output = Files.createTempFile(folder, service, ".out");
        List<String> command = new ArrayList<>(List.of("schemathesis", "--no-color"));
        command.addAll(configuration);
        command.addAll(List.of(
                "run",
                DESCRIPTIONS.resolve(service + ".yaml").toString(),
                "--url=" + target,
                "--phases=examples,coverage,fuzzing",
                "--max-examples=25",
                "--max-time=25",
                "--request-timeout=20",
                "--continue-on-failure",
                "--no-shrink",
                // Ids and pages that fit their description are mostly unknown, and access is open.
                "--exclude-checks=positive_data_acceptance,ignored_auth",
                "--generation-database=none",
                "--warnings=off",
                "--output-sanitize=false",
                "--report=har",
                "--report-har-path=" + exchanges));
        command.addAll(options);
        int status = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        List<String> faults = new ArrayList<>();
        if (status != 0) {
            faults.add(target + ": " + Files.readString(output));
        }
        JsonNode all = JSON.readTree(exchanges).at("/log/entries");
        assertThat(all).as(Files.readString(output)).hasSizeGreaterThan(50);
        for (JsonNode exchange : all) {
            if (isFault(exchange)) {
                faults.add(exchange.toString());
            }
        }
        return faults;
    }

    private static boolean isFault(JsonNode exchange) {
        int status = exchange.at("/response/status").asInt();
        if (status == 500) {
            return true;
        }
        boolean words = exchange.at("/response/content/mimeType").asString().startsWith("application/problem+json")
                && exchange.at("/response/content/text").asString().contains("\"title\"");
        return status >= 400
                && !words
                && !exchange.at("/request/method").asString().equals("HEAD");
    }
}

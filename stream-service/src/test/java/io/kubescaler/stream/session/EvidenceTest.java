package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceTest {

    private static final Path DOCS = Path.of("../docs");

    @Test
    void keepsTheViolationsOfARoundThatFailed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("evidence.json");
        Evidence.Round good = new Evidence.Round("2026-11-27", 1, 2, 3, 4, 5, Map.of("Redis stopped", 6), 0, List.of());
        Evidence.Round failed =
                new Evidence.Round("2026-11-27", 1, 2, 3, 4, 5, Map.of(), 0, List.of("a stream goes on"));

        Evidence.append(file, good);
        Evidence.append(file, failed);

        assertThat(Evidence.read(file).rounds()).containsExactly(good, failed);
        assertThat(Evidence.read(file).violations()).isEqualTo(1);
    }

    @Test
    void isSummedInTheDocuments() throws IOException {
        Evidence evidence = Evidence.read(DOCS.resolve("evidence.json"));

        assertThat(Files.readString(DOCS.resolve("reliability.md")).replaceAll("\\s+", " "))
                .contains(String.format(
                        "%,d sessions in %d long rounds, %d overlaps, %d other violations",
                        evidence.sessions(), evidence.rounds().size(), evidence.overlaps(), evidence.violations()))
                .contains(String.format("fewer than one in %,d", evidence.sessions() / 3));
    }

    @Test
    void isEnough() throws IOException {
        Evidence evidence = Evidence.read(DOCS.resolve("evidence.json"));

        assertThat(evidence.sessions()).isGreaterThanOrEqualTo(200_000);
        assertThat(evidence.overlaps()).isZero();
    }
}

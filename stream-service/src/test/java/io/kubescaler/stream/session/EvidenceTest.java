package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EvidenceTest {

    private static final Path DOCS = Path.of("../docs");

    @Test
    void isSummedInTheDocuments() throws IOException {
        Evidence evidence = Evidence.read(DOCS.resolve("evidence.json"));

        assertThat(Files.readString(DOCS.resolve("reliability.md")).replaceAll("\\s+", " "))
                .contains(String.format(
                        "%,d sessions in %d long rounds, %d overlaps",
                        evidence.sessions(), evidence.rounds().size(), evidence.overlaps()))
                .contains(String.format("fewer than one in %,d", evidence.sessions() / 3));
    }
}

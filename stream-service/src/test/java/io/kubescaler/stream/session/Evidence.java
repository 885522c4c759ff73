package io.kubescaler.stream.session;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The long rounds of {@link ExclusivityFaultsIT} in a file, so that their sessions add up. */
record Evidence(List<Round> rounds) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * One round.
     *
     * @param sessions begun while others competed for their pairs
     * @param resumptions sessions that were resumed, over another connection
     * @param late sessions that arrived after a newer one of their pair; their clients dropped them
     * @param faults how often each occurred
     * @param overlaps messages made after another client had received the session of the pair
     * @param violations what else was wrong
     */
    record Round(
            String date,
            long seed,
            long seconds,
            int sessions,
            int resumptions,
            int late,
            Map<String, Integer> faults,
            int overlaps,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> violations) {

        Round {
            // Without violations, the file does not name them.
            violations = Objects.requireNonNullElse(violations, List.of());
        }
    }

    static Evidence read(Path file) throws IOException {
        return new Evidence(Files.exists(file) ? JSON.readValue(file, new TypeReference<List<Round>>() {}) : List.of());
    }

    static void append(Path file, Round round) throws IOException {
        List<Round> rounds = new ArrayList<>(read(file).rounds());
        rounds.add(round);
        Files.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(rounds));
    }

    int sessions() {
        return rounds.stream().mapToInt(Round::sessions).sum();
    }

    int overlaps() {
        return rounds.stream().mapToInt(Round::overlaps).sum();
    }

    int violations() {
        return rounds.stream().mapToInt(round -> round.violations().size()).sum();
    }
}

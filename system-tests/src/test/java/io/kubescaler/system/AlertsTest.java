package io.kubescaler.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.Services;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The alerts, by the cases in {@code monitoring/alerts.test.yml}. */
class AlertsTest {

    private static final Path MONITORING = Services.projectRoot().resolve("monitoring");

    static boolean promtoolIsThere() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    }

    @Test
    @EnabledIf(value = "promtoolIsThere", disabledReason = "There is no promtool on the PATH.")
    void fireWhenTheyShouldAndOnlyThen() {
        assertThat(Command.run(
                        Map.of(),
                        List.of(
                                "promtool",
                                "test",
                                "rules",
                                MONITORING.resolve("alerts.test.yml").toString())))
                .contains("SUCCESS");
    }

    @Test
    void haveACaseForAndACaseAgainstEach() throws IOException {
        List<String> alerts = find("alerts.yml", "- alert: (\\w+)");

        assertThat(alerts).isNotEmpty().doesNotHaveDuplicates();
        assertThat(find("alerts.test.yml", "alertname: (\\w+)\\s+exp_alerts:[^\\[]*?- exp_labels"))
                .as("those that fire")
                .containsAll(alerts);
        assertThat(find("alerts.test.yml", "alertname: (\\w+), exp_alerts: \\[]"))
                .as("those that do not")
                .containsAll(alerts);
    }

    @Test
    void sayHowBadItIsWhatItIsAndWhatToDo() throws IOException {
        String alert = "- alert: (\\w+)(?:\\n(?!\\n).*)*?\\n *labels: \\{severity: (?:warning|critical)}"
                + "\\n *annotations:\\n *summary: .*\\n *description: >-\\n";

        assertThat(find("alerts.yml", alert)).isEqualTo(find("alerts.yml", "- alert: (\\w+)"));
    }

    private static List<String> find(String file, String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(Files.readString(MONITORING.resolve(file)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}

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

/** The alerts, by the cases in {@code monitoring/alerts.test.yml}, and their sections in docs/operations.md. */
class AlertsTest {

    private static final Path MONITORING = Services.projectRoot().resolve("monitoring");

    /** Silence means that Prometheus is away. */
    private static final String ALWAYS = "Watchdog";

    /** The goal that each alert's section has. */
    static final String RUNBOOK = "Look";

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
    void haveACaseInWhichEachFiresAndClears() throws IOException {
        List<String> cases = List.of(read("alerts.test.yml").split("\n  - name: "));

        assertThat(alerts()).isNotEmpty().doesNotHaveDuplicates();
        assertThat(alerts()).allSatisfy(alert -> {
            String fires = "alertname: " + alert + "\\s+exp_alerts:[^\\[]*?- exp_labels";
            String silent = "alertname: " + alert + ", exp_alerts: \\[]";
            Pattern pattern = Pattern.compile(alert.equals(ALWAYS) ? fires : fires + "(?s:.*)" + silent);
            assertThat(cases).anyMatch(pattern.asPredicate());
        });
    }

    @Test
    void sayHowBadItIsWhatItIsAndWhatToDo() throws IOException {
        String alert = "- alert: (\\w+)(?:\\n(?!\\n).*)*?\\n *labels: \\{severity: (?:none|warning|critical)}"
                + "\\n *annotations:\\n *runbook_url: .*\\n *summary: .*\\n *description: >-\\n";

        assertThat(find("alerts.yml", alert)).isEqualTo(alerts());
    }

    @Test
    void haveARunbookWithCommandsEach() throws IOException {
        assertThat(find("alerts.yml", "runbook_url: docs/operations.md#(\\w+)"))
                .isEqualTo(alerts().stream().map(String::toLowerCase).toList());
        assertThat(alerts())
                .allSatisfy(alert -> assertThat(
                                Command.run(Map.of(), List.of("bash", "-n", "-c", Recipe.of(alert, RUNBOOK))))
                        .isEmpty());
    }

    @Test
    void areTheOnesThatThePrometheusOperatorGets() throws IOException {
        Path component = Services.projectRoot().resolve("k8s/components/prometheus-operator");

        assertThat(Command.run(Map.of(), List.of(component.resolve("generate").toString())))
                .as("rules.yaml is made by the script generate, after each change of the alerts")
                .isEqualTo(Files.readString(component.resolve("rules.yaml")).strip());
    }

    static List<String> alerts() throws IOException {
        return find("alerts.yml", "- alert: (\\w+)");
    }

    private static List<String> find(String file, String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(read(file))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String read(String file) throws IOException {
        return Files.readString(MONITORING.resolve(file));
    }
}

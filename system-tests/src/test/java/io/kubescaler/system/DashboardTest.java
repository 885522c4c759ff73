package io.kubescaler.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard of Grafana. {@code MetricsIT} looks for the metrics of its queries. */
class DashboardTest {

    private static final JsonNode DASHBOARD = read();

    private static JsonNode read() {
        return new JsonMapper().readTree(Services.projectRoot().resolve("monitoring/grafana/dashboard.json"));
    }

    @Test
    @EnabledIf(
            value = "io.kubescaler.system.AlertsTest#promtoolIsThere",
            disabledReason = "There is no promtool on the PATH.")
    void hasQueriesThatPrometheusUnderstands(@TempDir Path folder) throws IOException {
        List<String> queries = DASHBOARD.findValues("expr").stream()
                // As Grafana does.
                .map(expr -> expr.asString().replace("$__rate_interval", "1m").replace("$pod", ".*"))
                .toList();
        Path rules = folder.resolve("rules.json");
        Files.writeString(
                rules,
                queries.stream()
                        .map(query -> new JsonMapper().writeValueAsString(Map.of("record", "query", "expr", query)))
                        .collect(Collectors.joining(
                                ",", "{\"groups\": [{\"name\": \"dashboard\", \"rules\": [", "]}]}")));

        assertThat(Command.run(Map.of(), List.of("promtool", "check", "rules", "--lint=none", rules.toString())))
                .contains("SUCCESS: " + queries.size() + " rules found");
    }

    @Test
    void explainsEachPanel() {
        assertThat(DASHBOARD.path("panels")).isNotEmpty().allSatisfy(panel -> {
            if (!panel.path("type").asString().equals("row")) {
                assertThat(panel.path("description").asString())
                        .as(panel.path("title").asString())
                        .isNotEmpty();
            }
        });
        assertThat(DASHBOARD.path("panels"))
                .extracting(panel -> panel.path("id").asInt())
                .doesNotHaveDuplicates();
    }
}

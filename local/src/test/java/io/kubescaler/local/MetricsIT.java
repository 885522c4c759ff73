package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What alerts, the autoscaler and the dashboard query is there, by its name and its labels. */
@ExtendWith(SharedLocal.class)
class MetricsIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final JsonMapper JSON = new JsonMapper();

    /** Made by Prometheus or the API server; or there with published messages only: {@code RedisMessagesIT} reads it. */
    private static final Set<String> ELSEWHERE = Set.of(
            "up",
            "ALERTS",
            "connections",
            "sent_bytes_per_second",
            "aggregator_unavailable_apiservice",
            "kubescaler_stream_messages_up");

    /** Prometheus adds them. */
    private static final Set<String> OF_TARGETS = Set.of("service", "pod", "namespace", "job", "instance");

    private static final Set<String> OPERATORS = Set.of("and", "or", "unless");

    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)(?:=|!=|=~|!~)\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) \\(([^)]*)\\)");
    private static final Pattern SELECTOR =
            Pattern.compile("([a-zA-Z_]\\w*)?\\{([^}]*)}|\\b([a-zA-Z_]\\w*)\\b(?!\\s*\\()");
    private static final Pattern ANY_OF = Pattern.compile("__name__=~\"([^\"]*)\"");

    private static RunningLocal local;
    private static HttpClient http;

    @BeforeAll
    static void start(RunningLocal shared) {
        local = shared;
        http = HttpClient.newHttpClient();
    }

    @Test
    void areThereForEachQuery() throws Exception {
        String user = local.create("/users", "{}");
        String profile = local.create("/profiles", "{\"users\":[\"" + user + "\"]}");
        try (EventStream stream = EventStream.open(
                http, local.gateway("/stream/" + user + "/" + profile), null, Limits.DEFAULT.withAnswer(PATIENCE))) {
            assertThat(stream.next(PATIENCE)).isPresent();
        }
        await().atMost(PATIENCE).until(() -> scraped().containsKey("kubescaler_stream_served_seconds_count"));
        Map<String, Set<String>> metrics = scraped();

        assertThat(queries())
                .hasSizeGreaterThan(50)
                .allSatisfy(query -> needs(query).forEach((name, labels) -> {
                    assertThat(metrics).containsKey(name);
                    assertThat(metrics.get(name)).as(name).containsAll(labels);
                }));
    }

    /** All metrics of all instances, with the labels that they have, and those that Prometheus adds. */
    private static Map<String, Set<String>> scraped() throws Exception {
        Ports ports = local.ports();
        Map<String, Set<String>> metrics = new TreeMap<>();
        for (int port : new int[] {
            ports.baseManagement(),
            ports.mainManagement(),
            ports.streamsManagement().get(0),
            ports.streamsManagement().get(1)
        }) {
            URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/prometheus");
            http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofLines())
                    .body()
                    .map(SAMPLE::matcher)
                    .filter(Matcher::matches)
                    .forEach(sample -> metrics.computeIfAbsent(sample.group(1), name -> new TreeSet<>(OF_TARGETS))
                            .addAll(labels(sample.group(2))));
        }
        return metrics;
    }

    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        for (String file : List.of("monitoring/alerts.yml", "k8s/components/prometheus/rules.yml")) {
            JsonNode rules = JSON.valueToTree(new Yaml().<Object>load(read(file)));
            queries.addAll(expressions(rules));
        }
        queries.addAll(expressions(JSON.readTree(read("monitoring/grafana/dashboard.json"))));
        return queries;
    }

    private static List<String> expressions(JsonNode file) {
        return file.findValues("expr").stream().map(JsonNode::asString).toList();
    }

    private static String read(String file) throws IOException {
        return Files.readString(RunningLocal.ROOT.resolve(file));
    }

    /** The metrics of a query, with the labels that it needs of each. */
    private static Map<String, Set<String>> needs(String query) {
        String plain = RANGE.matcher(query).replaceAll("");
        Set<String> grouping = GROUPING.matcher(plain)
                .results()
                .flatMap(by -> Stream.of(by.group(1).split(", *")))
                .collect(Collectors.toSet());
        Map<String, Set<String>> needs = new TreeMap<>();
        SELECTOR.matcher(GROUPING.matcher(plain).replaceAll(""))
                .results()
                .forEach(selector -> names(selector)
                        .filter(name -> !OPERATORS.contains(name) && !ELSEWHERE.contains(name))
                        .forEach(name -> {
                            Set<String> labels = needs.computeIfAbsent(name, metric -> new TreeSet<>(grouping));
                            labels.addAll(labels(selector.group(2)));
                            labels.remove("__name__");
                        }));
        return needs;
    }

    private static Stream<String> names(MatchResult selector) {
        if (selector.group(3) != null) {
            return Stream.of(selector.group(3));
        }
        if (selector.group(1) != null) {
            return Stream.of(selector.group(1));
        }
        Matcher anyOf = ANY_OF.matcher(selector.group(2));
        assertThat(anyOf.find()).as(selector.group()).isTrue();
        return Stream.of(anyOf.group(1).split("\\|"));
    }

    private static Set<String> labels(@Nullable String matchers) {
        return matchers == null
                ? Set.of()
                : LABEL.matcher(matchers).results().map(label -> label.group(1)).collect(Collectors.toSet());
    }
}

package io.kubescaler.main.system;

import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the metrics from Prometheus, whose targets have the labels {@code service} and {@code pod}. */
final class Prometheus implements MetricsSource {

    private static final Logger log = LoggerFactory.getLogger(Prometheus.class);

    private static final String TARGETS = "service=~\"base|main|stream\",pod!=\"\"";

    private final HttpClient http;
    private final JsonMapper json;
    private final URI address;
    private final Duration timeout;

    Prometheus(HttpClient http, JsonMapper json, URI address, Duration timeout) {
        this.http = http;
        this.json = json;
        this.address = address;
        this.timeout = timeout;
    }

    @Override
    public String name() {
        return "prometheus";
    }

    @Override
    public List<InstanceReport> ask() {
        Map<Target, List<Sample>> samples = new HashMap<>();
        for (JsonNode series : query("{__name__=~\"" + InstanceReport.METRICS + "\"," + TARGETS + "}")) {
            samples.computeIfAbsent(Target.of(series), target -> new ArrayList<>())
                    .add(sample(series));
        }
        // A sample does not have the time at which Prometheus read its target, so query that time, too.
        Map<Target, Instant> looked = new HashMap<>();
        for (JsonNode series : query("timestamp(up{" + TARGETS + "})")) {
            looked.put(Target.of(series), Instant.ofEpochMilli((long) (value(series) * 1e3)));
        }
        Map<Target, InstanceReport> reports = new TreeMap<>();
        for (JsonNode series : query("up{" + TARGETS + "}")) {
            Target target = Target.of(series);
            reports.put(
                    target,
                    value(series) == 1 && looked.containsKey(target)
                            ? InstanceReport.of(
                                    target.service(),
                                    target.name(),
                                    looked.get(target),
                                    samples.getOrDefault(target, List.of()))
                            : InstanceReport.unknown(target.service(), target.name(), "Prometheus cannot reach it."));
        }
        return List.copyOf(reports.values());
    }

    private JsonNode query(String query) {
        URI uri = address.resolve("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        try {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(uri).timeout(timeout).build(), BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode() + ": " + answer.body());
            }
            return json.readTree(answer.body()).path("data").path("result");
        } catch (IOException | JacksonException e) {
            log.warn("Prometheus at {} failed: {}", address, e.toString());
            throw Refusal.unavailable(ProblemType.METRICS_UNAVAILABLE, "Prometheus does not answer.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refusal.unavailable(ProblemType.DRAINING, "This instance is about to stop.");
        }
    }

    private static Sample sample(JsonNode series) {
        Map<String, String> labels = new HashMap<>();
        series.path("metric").forEachEntry((name, value) -> labels.put(name, value.asString()));
        return new Sample(series.path("metric").path("__name__").asString(), labels, value(series));
    }

    private static double value(JsonNode series) {
        return Double.parseDouble(series.path("value").path(1).asString().replace("Inf", "Infinity"));
    }

    private record Target(String service, String name) implements Comparable<Target> {

        static Target of(JsonNode series) {
            JsonNode labels = series.path("metric");
            return new Target(
                    labels.path("service").asString(), labels.path("pod").asString());
        }

        @Override
        public int compareTo(Target other) {
            int byService = service.compareTo(other.service);
            return byService != 0 ? byService : name.compareTo(other.name);
        }
    }
}

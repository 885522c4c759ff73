package io.kubescaler.main.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.kubescaler.service.web.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The answers have the form that Prometheus documents for its HTTP API. */
class PrometheusTest {

    private static final String NOTHING = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}";

    private final Map<String, String> answers = new HashMap<>();
    private final List<String> queries = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private Prometheus prometheus;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/query", exchange -> {
            try (exchange) {
                String query = exchange.getRequestURI().getQuery().substring("query=".length());
                queries.add(query);
                byte[] answer = answers.getOrDefault(query.substring(0, query.indexOf('{')), NOTHING)
                        .getBytes(UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        prometheus = new Prometheus(
                HttpClient.newHttpClient(),
                new JsonMapper(),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void tellsWhatIsKnownOfEachTargetAndWhichOnesAreDown() {
        answers.put("", vector("""
                {"metric":{"__name__":"kubescaler_stream_connections","instance":"10.0.0.1:9083","pod":"stream-a","service":"stream"},\
                "value":[1795244400.5,"3"]},
                {"metric":{"__name__":"kubescaler_redis_seconds_max","node":"redis-0:6379","pod":"stream-a","service":"stream"},\
                "value":[1795244400.5,"NaN"]}"""));
        answers.put("timestamp(up", vector("""
                {"metric":{"instance":"10.0.0.1:9083","pod":"stream-a","service":"stream"},"value":[1795244400.5,"1795244398"]},
                {"metric":{"instance":"10.0.0.2:9081","pod":"base-b","service":"base"},"value":[1795244400.5,"1795244399"]}"""));
        answers.put("up", vector("""
                {"metric":{"__name__":"up","instance":"10.0.0.1:9083","pod":"stream-a","service":"stream"},"value":[1795244400.5,"1"]},
                {"metric":{"__name__":"up","instance":"10.0.0.2:9081","pod":"base-b","service":"base"},"value":[1795244400.5,"0"]}"""));

        assertThat(prometheus.ask())
                .satisfiesExactly(
                        base -> assertThat(base)
                                .isEqualTo(InstanceReport.unknown("base", "base-b", "Prometheus cannot reach it.")),
                        stream -> {
                            assertThat(stream.name()).isEqualTo("stream-a");
                            assertThat(stream.problem()).isNull();
                            assertThat(stream.at()).isEqualTo(Instant.ofEpochSecond(1_795_244_398));
                            assertThat(stream.streaming()).isNotNull();
                            assertThat(stream.streaming().streams()).isEqualTo(3);
                        });
    }

    @Test
    void asksForNothingThatHasNoName() {
        assertThat(prometheus.ask()).isEmpty();

        assertThat(queries).hasSize(3).allSatisfy(query -> assertThat(query).contains(",pod!=\"\"}"));
    }

    @Test
    void saysThatPrometheusDoesNotAnswer() {
        server.stop(0);

        assertThatThrownBy(prometheus::ask).isInstanceOf(Refusal.class);
    }

    private static String vector(String series) {
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + series + "]}}";
    }
}

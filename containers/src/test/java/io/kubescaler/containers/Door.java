package io.kubescaler.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An open port of the platform: the one for everybody, or the one that a test asks Prometheus at. */
final class Door {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI root;

    Door(int port) {
        this.root = URI.create("http://127.0.0.1:" + port);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(TIMEOUT).build(), BodyHandlers.ofString());
    }

    /** What the answer begins with; the rest is not read. */
    int status(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                http.send(request(path).timeout(TIMEOUT).build(), BodyHandlers.ofInputStream());
        answer.body().close();
        return answer.statusCode();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(root.resolve(path));
    }

    /** Makes users and profiles, as often as it takes: everything has just started. */
    void fill(int users, int profiles) {
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            send(request("/main/testdata").DELETE());
            HttpResponse<String> made = send(request("/main/testdata")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"users\": " + users + ", \"profiles\": " + profiles + "}")));
            assertThat(made.statusCode()).as(made.body()).isBetween(200, 201);
        });
    }

    /** The pairs there are, as in the path of a stream; each is given out once. */
    Iterator<String> pairs() throws IOException, InterruptedException {
        List<String> pairs = new ArrayList<>();
        for (JsonNode profile : json("/main/profiles?limit=1000").path("items")) {
            for (JsonNode user : profile.path("users")) {
                pairs.add(user.asString() + "/" + profile.path("id").asString());
            }
        }
        return pairs.iterator();
    }

    /** The services of the instances on the System page, which knows them by Prometheus; fails unless all are up. */
    List<String> instances() throws IOException, InterruptedException {
        JsonNode system = json("/main/system");
        assertThat(system.path("source").asString()).isEqualTo("prometheus");
        return system.path("instances")
                .valueStream()
                .peek(instance -> assertThat(instance.path("problem").isNull())
                        .as(instance.toString())
                        .isTrue())
                .map(instance -> instance.path("service").asString())
                .toList();
    }

    Client client(String pair) {
        return new Client(http, root.resolve("/stream/" + pair));
    }
}

package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Pair;
import io.kubescaler.backing.Issuer;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import io.kubescaler.client.RefusedException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An open port of the platform: the one for everybody, or the one that a test asks Prometheus at. */
final class Door {

    private static final int LIMIT_SECONDS = 60;
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http;
    private final URI root;
    private final @Nullable Issuer issuer;

    Door(URI root) {
        this(root, HttpClient.newBuilder(), null);
    }

    /** One that asks for the access tokens of an issuer; without one, it is open to all. */
    Door(URI root, HttpClient.Builder http, @Nullable Issuer issuer) {
        this.root = root;
        this.http = http.version(HttpClient.Version.HTTP_1_1).build();
        this.issuer = issuer;
    }

    Door(int port) {
        this(URI.create("http://127.0.0.1:" + port));
    }

    HttpResponse<String> get(String path) {
        return send(request(path));
    }

    JsonNode json(String path) {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    /** Also the body has to come within the limit: an answer that is a stream has no end. */
    HttpResponse<String> send(HttpRequest.Builder request) {
        HttpRequest made = request.build();
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(made, BodyHandlers.ofString());
        try {
            return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            answer.cancel(true);
            throw new IllegalStateException(made + " was not answered.", e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** As an administrator. */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
        return issuer == null
                ? request
                : request.header("Authorization", "Bearer " + issuer.token("operator", "admin"));
    }

    /** A client that stays. */
    Client client(Pair pair) {
        return new Client(http, stream(pair), () -> issuer == null ? null : issuer.token(pair.user(), "stream"));
    }

    /** One connection; see {@link EventStream#open}. */
    EventStream open(Pair pair) {
        return EventStream.open(http, stream(pair), null, Limits.DEFAULT);
    }

    /** The answer to a client that is to get no stream. */
    RefusedException refusal(Pair pair) {
        try {
            open(pair).close();
        } catch (RefusedException refused) {
            return refused;
        }
        throw new AssertionError(pair + " was given to this client, too.");
    }

    private URI stream(Pair pair) {
        return root.resolve("/stream/" + pair);
    }

    /** Makes users and profiles, as often as it takes: everything has just started. */
    void fill(int users, int profiles) {
        await().ignoreExceptions().untilAsserted(() -> {
            send(request("/main/testdata").DELETE());
            HttpResponse<String> made = send(request("/main/testdata")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"users\": " + users + ", \"profiles\": " + profiles + "}")));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        });
    }

    /** The pairs there are; each is given out once. */
    Iterator<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (JsonNode profile : json("/main/profiles?limit=1000").path("items")) {
            for (JsonNode user : profile.path("users")) {
                pairs.add(new Pair(id(user), id(profile.path("id"))));
            }
        }
        return pairs.iterator();
    }

    /** The profiles that the user has launched. */
    List<UUID> launched(UUID user) {
        return json("/main/login/" + user)
                .path("items")
                .valueStream()
                .map(profile -> id(profile.path("id")))
                .toList();
    }

    /** The services of the instances on the System page, which knows them by Prometheus; fails unless all are up. */
    List<String> instances() {
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

    private static UUID id(JsonNode text) {
        return UUID.fromString(text.asString());
    }
}

package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Ids;
import io.kubescaler.api.ProblemType;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every address that takes an id, of every service: each rejects a malformed one in the same words. */
@ExtendWith(SharedLocal.class)
class MalformedIdIT {

    private static final UUID SOME = UUID.randomUUID();
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void isRejectedInTheSameWordsEverywhere(RunningLocal local) throws Exception {
        URI base = at(local.ports().base());
        URI main = at(local.ports().main());
        try (Service stream = local.publishing()) {
            for (String id : new String[] {"x", "1-1-1-1-1", SOME + "1"}) {
                assertMalformed("id", get(base.resolve("/users/" + id)));
                assertMalformed("users[0]", post(base.resolve("/profiles"), "{\"users\":[\"" + id + "\"]}"));
                assertMalformed("userId", get(main.resolve("/main/login/" + id)));
                assertMalformed("userId", get(stream.url().resolve("/stream/" + id + "/" + SOME)));
                assertMalformed("profileId", get(stream.url().resolve("/stream/" + SOME + "/" + id)));
                assertMalformed(
                        "profileId",
                        post(stream.management().resolve("/profiles/" + id + "/messages"), "{\"message\":\"a\"}"));
            }
        }
    }

    /** Raw, because an HTTP client of Java encodes such a URL, or rejects it. */
    @ParameterizedTest
    @ValueSource(strings = {"{x", "%zz", "x|y", "%00", "%2F", "..%2fx", "%5C"})
    void isRejectedWithTheSameTypeIfTheUrlItselfIsMalformed(String id, RunningLocal local) throws Exception {
        Ports ports = local.ports();
        assertRawMalformed(ports.base(), "/users/" + id);
        assertRawMalformed(ports.main(), "/main/login/" + id);
        assertRawMalformed(ports.streams().get(0), "/stream/" + id + "/" + SOME);
        assertRawMalformed(ports.streamsManagement().get(0), "/%zz");
        assertRawMalformed(ports.gateway(), "/stream/" + SOME + "/" + id);
        assertRawMalformed(ports.gateway(), "/main/login/" + id);
    }

    private static void assertMalformed(String field, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.path("type").asString())
                .isEqualTo(ProblemType.MALFORMED.uri().toString());
        assertThat(problem.path("title").asString()).isEqualTo(ProblemType.MALFORMED.title());
        assertThat(problem.path("detail").asString()).isEqualTo(field + ": " + Ids.RULE);
    }

    /** Sends a GET without looking at its URL, and checks the answer. */
    private static void assertRawMalformed(int port, String url) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET " + url + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .as("%s at %s", url, port)
                    .startsWith("HTTP/1.1 400 ")
                    .containsIgnoringCase("\r\nContent-Type: application/problem+json\r\n")
                    .contains("\"type\":\"" + ProblemType.MALFORMED.uri() + "\"")
                    .contains("\"title\":\"" + ProblemType.MALFORMED.title() + "\"")
                    .contains("\"detail\":");
        }
    }

    private static URI at(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private static HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri));
    }

    private static HttpResponse<String> post(URI uri, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }
}

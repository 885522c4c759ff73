package io.kubescaler.base.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Page;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.base.SharedCassandra;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpStatus;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

class ManyUsersIT extends SharedCassandra {

    private static final int MOST = 1000;

    @Autowired
    private JsonMapper json;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void bindsNoMoreThanAProfileMayHaveAndListsThemInPagesOfFourMegabytes() {
        List<UUID> users = newUsers(MOST);
        List<UUID> profiles =
                Stream.generate(UUID::randomUUID).limit(120).collect(Collectors.toCollection(ArrayList::new));
        String body = users.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(",", "{\"users\":[", "]}"));
        for (UUID profile : profiles) {
            assertThat(send("PUT", "/profiles/" + profile, body).join().statusCode())
                    .isEqualTo(201);
        }
        try {
            UUID full = profiles.get(0);
            client.put()
                    .uri("/profiles/{id}/users/{user}", full, users.get(0))
                    .exchange()
                    .expectStatus()
                    .isNoContent();
            var refused = problem(
                    client.put()
                            .uri("/profiles/{id}/users/{user}", full, newUser())
                            .exchange(),
                    HttpStatus.UNPROCESSABLE_CONTENT);
            assertThat(refused.getType()).isEqualTo(ProblemType.TOO_MANY.uri());
            assertThat(refused.getDetail())
                    .isEqualTo("users: at most 1000 users are bound to a profile; these are 1001.");

            assertThat(pages("/profiles")).containsAll(profiles).doesNotHaveDuplicates();
            assertThat(pages("/users/" + users.get(0) + "/profiles")).containsExactlyInAnyOrderElementsOf(profiles);
        } finally {
            profiles.forEach(
                    profile -> client.delete().uri("/profiles/{id}", profile).exchange());
        }
    }

    /** The profiles of all pages of a list. */
    private Collection<UUID> pages(String list) {
        List<UUID> profiles = new ArrayList<>();
        String next = null;
        do {
            Page<Profile> page = page(list, next);
            profiles.addAll(page.items().stream().map(Profile::id).toList());
            next = page.next();
        } while (next != null);
        return profiles;
    }

    private Page<Profile> page(String list, @Nullable String next) {
        String query = "?limit=1000" + (next == null ? "" : "&page=" + next);
        HttpResponse<String> answer = send("GET", list + query, "").join();
        assertThat(answer.body().length()).isLessThanOrEqualTo(4 * 1024 * 1024 + 1024);
        return json.readValue(answer.body(), new TypeReference<>() {});
    }

    private List<UUID> newUsers(int count) {
        List<UUID> ids = Stream.generate(UUID::randomUUID).limit(count).toList();
        for (int from = 0; from < count; from += 50) {
            ids.subList(from, from + 50).stream()
                    .map(id -> send("PUT", "/users/" + id, ""))
                    .toList()
                    .forEach(made -> assertThat(made.join().statusCode()).isEqualTo(201));
        }
        return ids;
    }

    private CompletableFuture<HttpResponse<String>> send(String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return http.sendAsync(
                request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}

package io.kubescaler.stream;

import static io.kubescaler.stream.Platform.post;
import static io.kubescaler.stream.Platform.send;
import static io.kubescaler.stream.Streams.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Ids;
import io.kubescaler.api.ProblemType;
import io.kubescaler.processes.Services.Service;
import io.kubescaler.stream.Platform.Instance;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import tools.jackson.databind.JsonNode;

/** Every address that takes an id, of every service: each rejects a malformed one in the same words. */
@ExtendWith(SharedPlatform.class)
@Execution(ExecutionMode.CONCURRENT)
class MalformedIdIT {

    private static final UUID SOME = UUID.randomUUID();

    @Test
    void isRejectedInTheSameWordsEverywhere(Platform platform) {
        try (Service main = platform.main();
                Instance stream = platform.instance("publishing", "--kubescaler.stream.source=redis")) {
            for (String id : new String[] {"x", "1-1-1-1-1", SOME + "1"}) {
                Map<String, HttpResponse<String>> answers = Map.of(
                        "id", send("GET", platform.base().url().resolve("/users/" + id)),
                        "users[0]", post(platform.base().url().resolve("/profiles"), "{\"users\":[\"" + id + "\"]}"),
                        "userId", send("GET", main.url().resolve("/main/login/" + id)),
                        "profileId", send("GET", stream.stream(SOME, id)));
                answers.forEach((field, answer) -> assertMalformed(answer, field));
                assertMalformed(send("GET", stream.stream(id, SOME)), "userId");
                assertMalformed(
                        post(stream.management().resolve("/profiles/" + id + "/messages"), "{\"message\":\"a\"}"),
                        "profileId");
            }
        }
    }

    private static void assertMalformed(HttpResponse<String> answer, String field) {
        JsonNode problem = problem(answer, 400);
        assertThat(problem.path("type").asString())
                .isEqualTo(ProblemType.MALFORMED.uri().toString());
        assertThat(problem.path("title").asString()).isEqualTo(ProblemType.MALFORMED.title());
        assertThat(problem.path("detail").asString()).isEqualTo(field + ": " + Ids.RULE);
    }
}

package io.kubescaler.main;

import static io.kubescaler.backing.RawHttp.answer;
import static io.kubescaler.backing.RawHttp.send;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class ObservabilityIT extends UndisturbedMainService {

    @Test
    void showsHowLongBaseAndEachRedisNodeTake() {
        UUID user = newUser();
        newProfile(user);
        login(user);

        List<String> metrics = get("/actuator/prometheus").lines().toList();

        assertThat(metrics)
                .anyMatch(line -> line.startsWith("http_client_requests_seconds_count{")
                        && line.contains("BaseClient")
                        && line.contains("http_url=\"/users/{id}/profiles"));
        redisUris()
                .forEach(uri -> assertThat(metrics)
                        .anyMatch(line -> line.startsWith("kubescaler_redis_seconds_count{")
                                && line.contains("node=\"" + uri.getAuthority() + "\"")
                                && line.contains("operation=\"launched\"")
                                && line.contains("outcome=\"success\"")));
    }

    @Test
    void isReadyWhenBaseAndRedisAnswer() {
        assertThat(get("/actuator/health/readiness")).contains("\"started\":{\"status\":\"UP\"}");
        assertThat(get("/actuator/health/start"))
                .contains(
                        "\"base\":{\"status\":\"UP\"}",
                        "\"redis\":{\"details\":{\"nodesUp\":3,\"quorum\":2},\"status\":\"UP\"}");
        assertThat(get("/actuator/health/liveness")).doesNotContain("base", "redis");
    }

    @Test
    void answersMalformedRequestsAtTheManagementPortWithAProblem() {
        assertThat(answer(send(managementPort, "GET /%zz HTTP/1.1\r\nHost: main\r\nConnection: close\r\n\r\n")))
                .startsWith("HTTP/1.1 400 ")
                .contains("application/problem+json", "\"title\"")
                .doesNotContain("<html");
    }

    @Test
    void answersWhatIsNotThereAtTheManagementPortWithAProblem() {
        for (String path : List.of("/actuator/health/nothing", "/actuator/nothing", "/nothing")) {
            problem(management.get().uri(path), HttpStatus.NOT_FOUND);
        }
    }

    private String get(String uri) {
        return Objects.requireNonNull(management
                .get()
                .uri(uri)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }
}

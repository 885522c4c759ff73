package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.processes.FreePorts;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

class SystemIT extends UndisturbedMainService {

    @DynamicPropertySource
    static void instances(DynamicPropertyRegistry registry) {
        registry.add(
                "kubescaler.system.instances",
                () -> baseManagement() + "#base-1,http://127.0.0.1:" + FreePorts.next() + "#stream-1");
        registry.add("kubescaler.system.timeout", () -> "20s");
    }

    @Test
    void tellsOfEveryInstanceAlsoOfOneThatDoesNotAnswer() {
        newUser();

        JsonNode report = Objects.requireNonNull(client.get()
                .uri("/main/system")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(JsonNode.class)
                .returnResult()
                .getResponseBody());

        assertThat(report.path("source").asString()).isEqualTo("instances");
        JsonNode base = report.at("/instances/0");
        assertThat(base.path("service").asString()).isEqualTo("base");
        assertThat(base.path("name").asString()).isEqualTo("base-1");
        assertThat(base.path("problem").isNull()).isTrue();
        assertThat(base.path("startedAt").asString()).isLessThan(base.path("at").asString());
        assertThat(base.path("streaming").isNull()).isTrue();
        JsonNode cassandra = base.at("/dependencies/0");
        assertThat(cassandra.path("name").asString()).isEqualTo("cassandra");
        assertThat(cassandra.path("calls").asLong()).isPositive();
        assertThat(cassandra.path("seconds").asDouble()).isPositive();
        JsonNode stream = report.at("/instances/1");
        assertThat(stream.path("service").asString()).isEqualTo("stream");
        assertThat(stream.path("problem").asString()).isEqualTo("It cannot be reached.");
    }
}

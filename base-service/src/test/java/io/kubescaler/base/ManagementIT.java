package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ManagementIT extends SharedCassandra {

    @Test
    void isReadyWhenCassandraIs() {
        management
                .get()
                .uri("/actuator/health/readiness")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.components.cassandra.status")
                .isEqualTo("UP");
    }

    @Test
    void livesWithoutRegardToCassandra() {
        management
                .get()
                .uri("/actuator/health/liveness")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.components.cassandra")
                .doesNotExist();
    }

    @Test
    void tellsHowLongCassandraTakes() {
        newUser();

        String metrics = management
                .get()
                .uri("/actuator/prometheus")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody();

        assertThat(metrics).containsPattern("cassandra_session_cql_requests_seconds_count\\{[^}]*} [1-9]");
    }

    @Test
    void keepsManagementOffThePortOfTheCalls() {
        client.get().uri("/actuator/health").exchange().expectStatus().isNotFound();
    }
}

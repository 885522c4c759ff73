package io.kubescaler.base;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class ManagementIT extends SharedCassandra {

    @Autowired
    private CqlSession session;

    @Test
    void entersItselfAmongTheRunningInstances() {
        assertThat(session.execute("SELECT instance FROM running_instances WHERE service = 'base'")
                        .all())
                .extracting(row -> row.getString("instance"))
                .anySatisfy(instance -> assertThat(instance)
                        .endsWith("/" + ProcessHandle.current().pid()));
    }

    @Test
    void isReadyWhenCassandraIs() {
        management
                .get()
                .uri("/actuator/health/readiness")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.components.started.status")
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

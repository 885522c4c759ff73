package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.TraceReceiver;
import io.kubescaler.backing.TraceReceiver.ReceivedSpan;
import io.kubescaler.processes.Services.Service;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

/** Traces over main and base to Cassandra and the Redis masters. */
class TracesIT extends LiveMainService {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String CALLER = "00f067aa0ba902b7";

    private final String trace = UUID.randomUUID().toString().replace("-", "");

    /** The base of other tests has no traces. */
    private static final class Traced {
        static final TraceReceiver RECEIVER = receiver();
        static final Service BASE = startBase("traced-base", RECEIVER.settings());

        private static TraceReceiver receiver() {
            try {
                return new TraceReceiver();
            } catch (IOException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    @DynamicPropertySource
    static void surroundings(DynamicPropertyRegistry registry) {
        registry.add("kubescaler.base.url", () -> Traced.BASE.url());
        UndisturbedMainService.masters(registry);
        for (String setting : Traced.RECEIVER.settings()) {
            String[] nameAndValue = setting.substring("--".length()).split("=", 2);
            registry.add(nameAndValue[0], () -> nameAndValue[1]);
        }
    }

    @AfterAll
    static void stop() {
        Traced.BASE.close();
        Traced.RECEIVER.close();
    }

    @Override
    URI baseUrl() {
        return Traced.BASE.url();
    }

    @Test
    void leadFromARequestToBaseAndCassandraAndToEachRedisMaster() {
        UUID user = newUser();
        newProfile(user);

        client.get()
                .uri("/main/login/{user}", user)
                .header("traceparent", traceparent())
                .exchange()
                .expectStatus()
                .isOk();

        await().atMost(PATIENCE).untilAsserted(() -> {
            ReceivedSpan request = one("main", "http get /main/login/{userId}");
            assertThat(request.parent()).isEqualTo(CALLER);
            ReceivedSpan called = one("base", "http get /users/{userId}/profiles");
            assertThat(spans())
                    .filteredOn(span -> span.id().equals(called.parent()))
                    .singleElement()
                    .satisfies(call -> {
                        assertThat(call.service()).isEqualTo("main");
                        assertThat(call.parent()).isEqualTo(request.id());
                    });
            assertThat(spans())
                    .filteredOn(span -> span.attributes().containsKey("db.system"))
                    .isNotEmpty()
                    .allSatisfy(statement -> assertThat(statement.parent()).isEqualTo(called.id()));
            assertThat(spans())
                    .filteredOn(span -> span.name().equals("redis launched"))
                    .allSatisfy(read -> assertThat(read.parent()).isEqualTo(request.id()))
                    .extracting(span -> span.attributes().get("server.address"))
                    .containsExactlyInAnyOrderElementsOf(UndisturbedMainService.redisUris().stream()
                            .map(URI::getAuthority)
                            .toList());
        });
    }

    @Test
    void haveTheirIdsInProblemsAlsoInThoseFromBaseAndFromFilters() {
        assertThat(traceOf(client.get().uri("/main/login/{user}", UUID.randomUUID()), HttpStatus.NOT_FOUND))
                .isEqualTo(trace);
        assertThat(traceOf(client.get().uri("/main/login/x"), HttpStatus.BAD_REQUEST))
                .isEqualTo(trace);
        assertThat(traceOf(client.get().uri("/main/nothing"), HttpStatus.NOT_FOUND))
                .isEqualTo(trace);
        assertThat(traceOf(
                        client.delete().uri("/main/testdata").header("Sec-Fetch-Site", "cross-site"),
                        HttpStatus.FORBIDDEN))
                .isEqualTo(trace);
    }

    private Object traceOf(RestTestClient.RequestHeadersSpec<?> request, HttpStatus status) {
        return problem(request.header("traceparent", traceparent()), status)
                .getProperties()
                .get("traceId");
    }

    private String traceparent() {
        return "00-" + trace + "-" + CALLER + "-01";
    }

    private List<ReceivedSpan> spans() {
        return Traced.RECEIVER.spans(trace);
    }

    private ReceivedSpan one(String service, String name) {
        List<ReceivedSpan> named = spans().stream()
                .filter(span -> span.service().equals(service) && span.name().equals(name))
                .toList();
        assertThat(named).as(name + " of " + spans()).hasSize(1);
        return named.get(0);
    }
}

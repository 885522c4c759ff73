package io.kubescaler.main.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Base accepts connections and never answers. Main's own threads are few, so that callers could use them up. */
@DirtiesContext
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "management.server.port=0",
            "kubescaler.base.timeout=30s",
            "kubescaler.base.calls=60",
            "server.tomcat.threads.max=80"
        })
class HangingBaseTest {

    private static final int CALLERS = 300;
    private static final int SLOTS = 60;

    /** Generous, but shorter than base hangs. */
    private static final Duration SOON = Duration.ofSeconds(15);

    private static ServerSocket silent;

    @LocalServerPort
    private int port;

    @LocalManagementPort
    private int managementPort;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(SOON)
            .build();

    @DynamicPropertySource
    static void startSilentBase(DynamicPropertyRegistry registry) throws IOException {
        // The kernel accepts the connections.
        silent = new ServerSocket(0, CALLERS, InetAddress.getLoopbackAddress());
        registry.add("kubescaler.base.url", () -> "http://127.0.0.1:" + silent.getLocalPort());
        registry.add("kubescaler.redis.nodes", () -> "redis://127.0.0.1:1");
    }

    @AfterAll
    static void stopSilentBase() throws IOException {
        silent.close();
    }

    @Test
    void leavesTheOtherCallsAndReadinessAnswering() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> callers = Stream.generate(
                        () -> http.sendAsync(request(port, "/main/users").build(), BodyHandlers.ofString()))
                .limit(CALLERS)
                .toList();

        assertThat(http.send(request(port, "/main/system").timeout(SOON).build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
        assertThat(http.send(
                                request(managementPort, "/actuator/health/readiness")
                                        .timeout(SOON)
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(503);
        await().atMost(SOON)
                .until(() -> callers.stream().filter(CompletableFuture::isDone).count() == CALLERS - SLOTS);
        assertThat(callers)
                .filteredOn(CompletableFuture::isDone)
                .extracting(CompletableFuture::join)
                .allSatisfy(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(503);
                    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                    assertThat(answer.body()).contains("Too many calls wait for the base service already.");
                });
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }
}

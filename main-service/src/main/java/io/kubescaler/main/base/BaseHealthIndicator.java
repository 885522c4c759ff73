package io.kubescaler.main.base;

import io.kubescaler.service.base.BaseSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/** Up if base answers a small request that needs Cassandra. It has its own connection, so it needs no slot. */
@Component
class BaseHealthIndicator extends AbstractHealthIndicator {

    /** Shorter than a probe waits. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final HttpClient http;
    private final HttpRequest request;

    BaseHealthIndicator(BaseSettings base) {
        super("The base service does not answer");
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(base.connectTimeout())
                .build();
        request = HttpRequest.newBuilder(URI.create(base.url() + "/users?limit=1"))
                .timeout(base.timeout().compareTo(LONGEST) < 0 ? base.timeout() : LONGEST)
                .build();
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws IOException, InterruptedException {
        HttpResponse<Void> answer = http.send(request, HttpResponse.BodyHandlers.discarding());
        if (answer.statusCode() == 200) {
            builder.up();
        } else {
            builder.down().withDetail("status", answer.statusCode());
        }
    }
}

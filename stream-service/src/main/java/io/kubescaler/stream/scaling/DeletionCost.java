package io.kubescaler.stream.scaling;

import io.kubescaler.api.Metrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Annotates the pod of this instance with its deletion cost: the number of its streams. When a Deployment has too many
 * pods, Kubernetes first deletes the one with the lowest cost. Every write burdens the cluster's store and everything
 * that watches pods, so small changes are not written.
 */
@Component
@EnableScheduling
@ConditionalOnProperty("kubescaler.stream.scaling.pod")
class DeletionCost {

    private static final Logger log = LoggerFactory.getLogger(DeletionCost.class);

    private static final String ANNOTATION = "controller.kubernetes.io/pod-deletion-cost";
    private static final double NEARLY = 0.1;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ScalingSettings settings;
    private final MeterRegistry metrics;
    private final URI pod;
    private final HttpClient client;
    /** A pod without the annotation costs nothing. */
    private volatile long written;

    DeletionCost(ScalingSettings settings, MeterRegistry metrics) throws IOException {
        this.settings = settings;
        this.metrics = metrics;
        Path account = settings.account();
        // Its status is all that the account may write, and has the same annotations.
        pod = settings.api()
                .resolve("/api/v1/namespaces/%s/pods/%s/status"
                        .formatted(Files.readString(account.resolve("namespace")), settings.pod()));
        var authority = PemSslStoreDetails.forCertificate(
                account.resolve("ca.crt").toUri().toString());
        client = HttpClient.newBuilder()
                .connectTimeout(TIMEOUT)
                .sslContext(SslBundle.of(new PemSslStoreBundle(null, authority)).createSslContext())
                .build();
    }

    @Scheduled(fixedRateString = "30s")
    Mono<Void> write() {
        return Mono.fromSupplier(this::streams)
                .filter(streams -> Math.abs(streams - written) > NEARLY * written)
                .flatMap(this::write);
    }

    private long streams() {
        return (long) metrics.get(Metrics.CONNECTIONS).gauge().value();
    }

    private Mono<Void> write(long streams) {
        return Mono.fromCallable(() -> request(streams))
                .flatMap(request -> Mono.fromFuture(() -> client.sendAsync(request, BodyHandlers.ofString())))
                .doOnNext(response -> {
                    if (response.statusCode() == 200) {
                        written = streams;
                    } else {
                        complain(streams, response.statusCode() + " " + response.body());
                    }
                })
                .doOnError(failure -> complain(streams, failure.toString()))
                .onErrorComplete()
                .then();
    }

    private HttpRequest request(long streams) throws IOException {
        // Read anew, because the kubelet replaces it before it expires.
        String token = Files.readString(settings.account().resolve("token"));
        return HttpRequest.newBuilder(pod)
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", BodyPublishers.ofString("""
                        {"metadata": {"annotations": {"%s": "%d"}}}""".formatted(ANNOTATION, streams)))
                .build();
    }

    private void complain(long streams, String why) {
        log.warn("The deletion cost of this pod stays {}, not {}: {}", written, streams, why);
    }
}

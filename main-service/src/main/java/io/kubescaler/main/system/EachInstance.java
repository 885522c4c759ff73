package io.kubescaler.main.system;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Reads the metrics from the instances themselves, all at once; used without a Prometheus. */
final class EachInstance implements MetricsSource {

    private final HttpClient http;
    private final SystemSettings settings;

    EachInstance(HttpClient http, SystemSettings settings) {
        this.http = http;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "instances";
    }

    @Override
    public List<InstanceReport> ask() {
        List<CompletableFuture<InstanceReport>> asked =
                settings.instances().stream().map(this::ask).toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private CompletableFuture<InstanceReport> ask(URI instance) {
        String name = Objects.requireNonNullElse(instance.getFragment(), instance.getHost());
        String service = name.replaceFirst("-\\d+$", "");
        HttpRequest request = HttpRequest.newBuilder(instance.resolve("/actuator/prometheus"))
                .timeout(settings.timeout())
                .build();
        return http.sendAsync(request, BodyHandlers.ofString())
                .thenApply(answer -> answer.statusCode() == 200
                        ? InstanceReport.of(service, name, Instant.now(), Sample.parse(answer.body()))
                        : InstanceReport.unknown(service, name, "It returns status " + answer.statusCode() + "."))
                .exceptionally(failure -> InstanceReport.unknown(service, name, reason(failure)));
    }

    private String reason(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof HttpTimeoutException) {
            return "It does not answer within " + settings.timeout().toMillis() + " ms.";
        }
        if (cause instanceof IOException) {
            return "It cannot be reached.";
        }
        throw new CompletionException(cause);
    }
}

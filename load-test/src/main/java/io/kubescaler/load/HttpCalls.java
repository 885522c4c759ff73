package io.kubescaler.load;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Single HTTP calls beside the load. */
final class HttpCalls {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** The most calls at once. */
    private static final int WIDTH = 16;

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    static HttpRequest.Builder to(LocalUrl url) {
        return HttpRequest.newBuilder(url.uri()).timeout(TIMEOUT);
    }

    /**
     * Returns the body of the answer.
     *
     * @throws IllegalStateException if there is no answer, or its status is not 2xx
     */
    static String send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new IllegalStateException(
                        request + " was answered with " + response.statusCode() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new IllegalStateException(request.uri() + " cannot be reached: " + e, e);
        }
    }

    /** Sends all requests, in any order; returns the failures. */
    static List<IllegalStateException> sendAll(List<HttpRequest> requests) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(WIDTH);
        Queue<IllegalStateException> failures = new ConcurrentLinkedQueue<>();
        try {
            threads.invokeAll(requests.stream()
                    .map(request -> Executors.callable(() -> {
                        try {
                            send(request);
                        } catch (IllegalStateException e) {
                            failures.add(e);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }))
                    .toList());
        } finally {
            threads.shutdownNow();
        }
        return List.copyOf(failures);
    }

    private HttpCalls() {}
}

package io.kubescaler.containers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client as a page is one: it takes its stream, and comes back with its token as often as the stream ends. */
final class Client implements AutoCloseable {

    /**
     * One connection's session event.
     *
     * @param gap how long there was no stream before it
     */
    record Opening(String instance, String since, Duration gap) {}

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http;
    private final URI address;
    private final List<Opening> openings = new CopyOnWriteArrayList<>();
    private final List<Integer> refusals = new CopyOnWriteArrayList<>();
    private final AtomicLong messages = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable InputStream body;
    private volatile @Nullable String token;
    private long lastEvent;

    Client(HttpClient http, URI address) {
        this.http = http;
        this.address = address;
        Thread thread = new Thread(this::stayOn, "client");
        thread.setDaemon(true);
        thread.start();
    }

    /** What each of its connections began with. */
    List<Opening> openings() {
        return openings;
    }

    Opening opening() {
        return openings.get(openings.size() - 1);
    }

    /** The answers that were no stream. */
    List<Integer> refusals() {
        return refusals;
    }

    /** Of its last connection. */
    String token() {
        return Objects.requireNonNull(token);
    }

    long messages() {
        return messages.get();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        InputStream open = body;
        if (open != null) {
            open.close();
        }
    }

    private void stayOn() {
        try {
            do {
                try {
                    connect();
                } catch (IOException cutOff) {
                    // What it is here for: it comes back.
                }
            } while (!closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void connect() throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        String last = token;
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        HttpResponse<InputStream> answer = http.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream stream = answer.body()) {
            body = stream;
            if (answer.statusCode() == 200) {
                read(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)));
            } else {
                refusals.add(answer.statusCode());
            }
        }
    }

    private void read(BufferedReader lines) throws IOException {
        String event = "";
        String line;
        while (closed.getCount() > 0 && (line = lines.readLine()) != null) {
            String value = line.substring(line.indexOf(':') + 1).strip();
            if (line.startsWith("id:")) {
                token = value;
            } else if (line.startsWith("event:")) {
                event = value;
            } else if (line.startsWith("data:") && event.equals("session")) {
                JsonNode session = JSON.readTree(value);
                openings.add(new Opening(
                        session.path("instance").asString(),
                        session.path("since").asString(),
                        openings.isEmpty() ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastEvent)));
            } else if (line.startsWith("data:") && event.equals("message")) {
                messages.incrementAndGet();
                lastEvent = System.nanoTime();
            }
        }
    }
}

package io.kubescaler.cluster;

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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody who streams, and comes back with the session's token whenever the stream ends, as the pages do. */
final class Client implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration RETRY = Duration.ofMillis(200);

    private final URI stream;
    private final HttpClient http;
    private final Thread thread;
    private final Semaphore closing = new Semaphore(0);

    private volatile @Nullable InputStream body;
    private volatile @Nullable String token;
    private volatile @Nullable String since;
    private volatile @Nullable String instance;
    private volatile long messages;
    private volatile int returns;
    private volatile int lostSessions;
    private volatile long endedAt;
    private volatile Duration longestGap = Duration.ZERO;

    Client(HttpClient http, URI stream) {
        this.http = http;
        this.stream = stream;
        thread = new Thread(this::stream, "client of " + stream.getPath());
        thread.setDaemon(true);
        thread.start();
    }

    /** The pod that serves it now; null while nobody does. */
    @Nullable
    String instance() {
        return instance;
    }

    long messages() {
        return messages;
    }

    /** How many times it had to come back. */
    int returns() {
        return returns;
    }

    /** How many times it came back and was a new client to the platform. */
    int lostSessions() {
        return lostSessions;
    }

    /** The longest time from the end of a stream to the first event of the next. */
    Duration longestGap() {
        return longestGap;
    }

    /** Leaves, and says so. */
    @Override
    public void close() {
        closing.release();
        try {
            InputStream open = body;
            if (open != null) {
                open.close();
            }
            thread.join();
            String last = token;
            if (last != null) {
                http.send(
                        HttpRequest.newBuilder(stream)
                                .DELETE()
                                .header("Last-Event-ID", last)
                                .build(),
                        BodyHandlers.discarding());
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void stream() {
        try {
            do {
                streamOnce();
            } while (!closing.tryAcquire(RETRY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void streamOnce() throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(stream).header("Accept", "text/event-stream");
        String last = token;
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        try {
            HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
            try (InputStream open = response.body();
                    BufferedReader lines = new BufferedReader(new InputStreamReader(open, StandardCharsets.UTF_8))) {
                if (response.statusCode() == 200) {
                    body = open;
                    read(lines);
                }
            }
        } catch (IOException expected) {
            // The pod or the way to it is gone: so it comes back.
        } finally {
            if (instance != null) {
                endedAt = System.nanoTime();
                instance = null;
            }
            body = null;
        }
    }

    private void read(BufferedReader lines) throws IOException {
        String id = null;
        String event = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                event = line.substring(7);
            } else if (line.startsWith("data: ") && event.equals("session")) {
                begin(id, JSON.readTree(line.substring(6)));
            } else if (line.startsWith("data: ") && event.equals("message")) {
                messages++;
            }
        }
    }

    private void begin(@Nullable String id, JsonNode session) {
        token = id;
        String before = since;
        since = session.get("since").asString();
        if (before != null) {
            returns++;
            Duration gap = Duration.ofNanos(System.nanoTime() - endedAt);
            if (gap.compareTo(longestGap) > 0) {
                longestGap = gap;
            }
            // A session that goes on keeps the time since when it is there.
            if (!before.equals(since)) {
                lostSessions++;
            }
        }
        instance = session.get("instance").asString();
    }
}

package io.kubescaler.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of one stream, over a connection of its own. Closing it is all it tells the server. */
public final class EventStream implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** For one event, also of a stream that is silent for long. */
    private static final Duration EVENT_PATIENCE = Duration.ofMinutes(2);

    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    private EventStream(HttpResponse<InputStream> response) {
        this.response = response;
        lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** One event; {@code id} only where the server sent one. */
    public record Event(
            @Nullable String id, String name, @Nullable String retry, JsonNode data) {}

    /** Asks for a stream and fails unless it is granted. */
    public static EventStream open(URI uri, @Nullable String token) {
        HttpResponse<InputStream> response = ask(uri, token);
        EventStream stream = new EventStream(response);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + stream.rest());
        }
        return stream;
    }

    /** Asks for a stream; gives what the server said, whatever it is. */
    public static HttpResponse<InputStream> ask(URI uri, @Nullable String token) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).timeout(PATIENCE).header("Accept", "text/event-stream");
        if (token != null) {
            request.header("Last-Event-ID", token);
        }
        try {
            return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public Optional<String> header(String name) {
        return response.headers().firstValue(name);
    }

    /**
     * The next event; empty when the server has ended the stream. Fails rather than waits for ever, since a read that
     * waits cannot be interrupted.
     */
    public Optional<Event> next() {
        Future<?> limit = CompletableFuture.runAsync(
                this::close, CompletableFuture.delayedExecutor(EVENT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        try {
            return read();
        } finally {
            limit.cancel(false);
        }
    }

    private Optional<Event> read() {
        String id = null;
        String retry = null;
        String name = "message";
        StringBuilder data = new StringBuilder();
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !data.isEmpty()) {
                    return Optional.of(new Event(id, name, retry, JSON.readTree(data.toString())));
                }
                Map.Entry<String, String> field = field(line);
                switch (field.getKey()) {
                    case "id" -> id = field.getValue();
                    case "event" -> name = field.getValue();
                    case "retry" -> retry = field.getValue();
                    case "data" -> data.append(field.getValue());
                    default -> assertThat(line).as("a comment or an empty line").matches("(:.*)?");
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next event of that name; those before it are passed over. */
    public Event next(String name) {
        for (Optional<Event> event = next(); event.isPresent(); event = next()) {
            if (event.get().name().equals(name)) {
                return event.get();
            }
        }
        throw new AssertionError("The stream ended without an event named " + name);
    }

    /** The token of the session: the id of the first event. */
    public String token() {
        Event first = next().orElseThrow();
        assertThat(first.name()).isEqualTo("session");
        assertThat(first.id()).isNotNull();
        return String.valueOf(first.id());
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String rest() {
        return lines.lines().reduce("", String::concat);
    }

    private static Map.Entry<String, String> field(String line) {
        int colon = line.indexOf(':');
        return colon < 1
                ? Map.entry("", line)
                : Map.entry(line.substring(0, colon), line.substring(colon + 1).stripLeading());
    }
}

package io.kubescaler.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.client.Event;
import io.kubescaler.client.EventStream;
import io.kubescaler.client.Limits;
import io.kubescaler.client.RefusedException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads streams and problems in tests. */
public final class Streams {

    /** Enough for an event of a quiet stream, even on a machine that is busy with other tests. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Streams() {}

    /** Opens a stream; fails if the server rejects it. */
    public static EventStream open(URI uri) {
        return open(uri, null);
    }

    /** Resumes a stream; fails if the server rejects it. */
    public static EventStream open(URI uri, @Nullable String token) {
        try {
            return EventStream.open(HTTP, uri, token, Limits.DEFAULT.withAnswer(PATIENCE));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    /** The next event of that name; skips others. */
    public static Event next(EventStream stream, String name) {
        for (Optional<Event> event = stream.next(PATIENCE); event.isPresent(); event = stream.next(PATIENCE)) {
            if (event.get().name().equals(name)) {
                return event.get();
            }
        }
        throw new AssertionError("The stream ended without an event named " + name);
    }

    /** As {@link #next}, read from now on: a client that does not read for a second misses the end of its stream. */
    public static Future<Event> coming(EventStream stream, String name) {
        FutureTask<Event> reader = new FutureTask<>(() -> next(stream, name));
        new Thread(reader, "reader of " + name).start();
        return reader;
    }

    /** The session's token, from the first event. */
    public static String token(EventStream stream) {
        Event first = stream.next(PATIENCE).orElseThrow();
        assertThat(first.name()).isEqualTo("session");
        assertThat(first.id()).isNotNull();
        return String.valueOf(first.id());
    }

    public static JsonNode json(Event event) {
        return JSON.readTree(event.data());
    }

    /** Checks that an answer is a problem, and returns its body. */
    public static JsonNode problem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("title").asString()).isNotBlank();
        assertThat(problem.get("detail").asString()).isNotBlank();
        return problem;
    }
}

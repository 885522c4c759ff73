package io.kubescaler.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Server-Sent Events as they come. Closing it is what a client does that leaves. */
final class EventStream implements AutoCloseable {

    /** @param id null where the event brings none */
    record Event(@Nullable String id, String name, String data) {}

    /** For one event, also on a machine that others use too. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final InputStream body;
    private final BufferedReader lines;

    EventStream(InputStream body) {
        this.body = body;
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /** Waits for the next event; fails rather than for ever, since a read that waits cannot be interrupted. */
    Event next() throws IOException {
        Future<?> limit = CompletableFuture.runAsync(
                this::close, CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        try {
            return read();
        } finally {
            limit.cancel(false);
        }
    }

    private Event read() throws IOException {
        String id = null;
        String name = "message";
        String data = "";
        String line;
        while ((line = lines.readLine()) != null) {
            if (line.isEmpty() && !data.isEmpty()) {
                return new Event(id, name, data);
            }
            String value = line.substring(line.indexOf(':') + 1).strip();
            if (line.startsWith("id:")) {
                id = value;
            } else if (line.startsWith("event:")) {
                name = value;
            } else if (line.startsWith("data:")) {
                data = value;
            }
        }
        throw new IOException("The stream has ended.");
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.kubescaler.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Server-Sent Events as they come. Closing it is what a client does that leaves. */
final class EventStream implements AutoCloseable {

    /** @param id null where the event brings none */
    record Event(@Nullable String id, String name, String data) {}

    private final BufferedReader lines;

    EventStream(InputStream body) {
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /** Waits for the next event. */
    Event next() throws IOException {
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
    public void close() throws IOException {
        lines.close();
    }
}

package io.kubescaler.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Settings of a client. One builder can start many clients. */
public final class StreamClientBuilder {

    final List<URI> streams;

    @Nullable
    HttpClient http;

    Limits limits = Limits.DEFAULT;
    Backoff backoff = Backoff.DEFAULT;
    boolean sharedSequence;
    boolean finalConflict;

    @Nullable
    String token;

    Supplier<@Nullable String> accessToken = () -> null;

    Time time = Time.SYSTEM;

    StreamClientBuilder(List<URI> streams) {
        if (streams.isEmpty()) {
            throw new IllegalArgumentException("A client needs an address.");
        }
        // The builder must reject addresses that are not HTTP: in a running client it would be too late.
        streams.forEach(HttpRequest::newBuilder);
        this.streams = streams;
    }

    /**
     * Shares an HTTP client, for hundreds of streams on few threads. Callbacks run on its executor, or on the common
     * pool if it has none. By default each client has an HTTP client of its own; the last thread of that one ends when
     * it is garbage-collected.
     */
    public StreamClientBuilder http(HttpClient shared) {
        http = shared;
        return this;
    }

    public StreamClientBuilder limits(Limits limits) {
        this.limits = limits;
        return this;
    }

    /**
     * Sets the wait after failures in a row: it doubles from the first to the longest, and half of it is random. The
     * default is 500 ms and 10 s.
     *
     * @throws IllegalArgumentException the first is not positive, or longer than the longest
     */
    public StreamClientBuilder backoff(Duration first, Duration longest) {
        backoff = new Backoff(first, longest);
        return this;
    }

    /**
     * Sets the token of a session that another client had.
     *
     * @throws IllegalArgumentException the token is malformed
     */
    public StreamClientBuilder token(String token) {
        this.token = Session.requireToken(token);
        return this;
    }

    /**
     * Sets where to get the access token of the user, for a platform that requires one ({@code
     * kubescaler.access=token}). Each request asks for it, on a thread of the HTTP client; null sends none. If it throws,
     * the client tries again after the backoff. By default, the client sends none.
     */
    public StreamClientBuilder accessToken(Supplier<@Nullable String> source) {
        accessToken = source;
        return this;
    }

    /**
     * Counts gaps across instances, too. Use it for published messages ({@code kubescaler.stream.source=redis}): all
     * instances number them alike. Each instance numbers random messages by itself.
     */
    public StreamClientBuilder sharedSequence() {
        sharedSequence = true;
        return this;
    }

    /** Stops when the pair is taken (409), and does not wait for it. */
    public StreamClientBuilder stopOnConflict() {
        finalConflict = true;
        return this;
    }

    StreamClientBuilder time(Time time) {
        this.time = time;
        return this;
    }

    /** Connects, and calls the listener. Returns at once. */
    public StreamClient start(Listener listener) {
        return start(listener, null);
    }

    /** Connects, and keeps messages for {@link StreamClient#next}. Returns at once. */
    public StreamClient open() {
        return start(new Listener() {}, new Inbox<>());
    }

    private StreamClient start(Listener listener, @Nullable Inbox<Message> inbox) {
        StreamClient client = new StreamClient(this, listener, inbox);
        client.start();
        return client;
    }
}

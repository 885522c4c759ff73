package io.kubescaler.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settings of a client. One builder can start many. */
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

    Time time = Time.SYSTEM;

    StreamClientBuilder(List<URI> streams) {
        if (streams.isEmpty()) {
            throw new IllegalArgumentException("A client needs an address.");
        }
        // It rejects what is no address of HTTP, which is too late when the client runs.
        streams.forEach(HttpRequest::newBuilder);
        this.streams = streams;
    }

    /**
     * An HTTP client to share, for hundreds of streams on few threads. Callbacks run on its executor, or on the common
     * pool if it names none. By default each client has one of its own; its last thread ends when it is collected as
     * garbage.
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
     * The wait after failures in a row doubles from the first to the longest; half of it is random. By default 500 ms
     * and 10 s.
     *
     * @throws IllegalArgumentException the first is not positive, or longer than the longest
     */
    public StreamClientBuilder backoff(Duration first, Duration longest) {
        backoff = new Backoff(first, longest);
        return this;
    }

    /**
     * The token of a session that another client had.
     *
     * @throws IllegalArgumentException it is malformed
     */
    public StreamClientBuilder token(String token) {
        this.token = Session.requireToken(token);
        return this;
    }

    /**
     * Messages are numbered alike on all instances, so that gaps are counted across them, too. That is so where
     * applications publish them ({@code kubescaler.stream.source=redis}); each instance numbers random ones by itself.
     */
    public StreamClientBuilder sharedSequence() {
        sharedSequence = true;
        return this;
    }

    /** Stops when the pair is taken (409), rather than waiting for it. */
    public StreamClientBuilder stopOnConflict() {
        finalConflict = true;
        return this;
    }

    StreamClientBuilder time(Time time) {
        this.time = time;
        return this;
    }

    /** Connects, and passes everything to the listener. Returns at once. */
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

package io.kubescaler.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a stream. It returns every event, and does not reconnect. It reads only when {@link #next} is
 * called and nothing is left, so a slow caller slows the server down.
 *
 * <p>Closing it closes the connection. The server keeps the session for a client that resumes with its token. The token
 * is the {@code id} of the first event.
 */
public final class EventStream implements AutoCloseable {

    private final Inbox<Event> inbox = new Inbox<>();
    private final CompletableFuture<HttpHeaders> headers = new CompletableFuture<>();
    private final Connection connection;

    private EventStream(HttpClient http, URI uri, @Nullable String token, Limits limits) {
        connection = Connection.open(http, uri, new Connection.Tokens(token, null), limits, new Incoming());
    }

    /** Opens a stream with a new HTTP client and {@link Limits#DEFAULT}; see the other method. */
    public static EventStream open(URI uri, @Nullable String token) {
        return open(Connection.newHttp(), uri, token, Limits.DEFAULT);
    }

    /**
     * Requests a stream, and waits for the head of the answer.
     *
     * @param uri the stream's address, for example {@code http://localhost:8080/stream/USER/PROFILE}
     * @param token the token of the session to resume; null to begin a new one
     * @throws IllegalArgumentException the address is not HTTP, or the token is malformed
     * @throws RefusedException the answer is no stream
     * @throws StreamTimeoutException there was no answer within the limit
     * @throws StreamException the server cannot be reached, or the thread was interrupted
     */
    public static EventStream open(HttpClient http, URI uri, @Nullable String token, Limits limits) {
        if (token != null) {
            Session.requireToken(token);
        }
        EventStream stream = new EventStream(http, uri, token, limits);
        try {
            stream.headers.get();
        } catch (InterruptedException e) {
            stream.close();
            Thread.currentThread().interrupt();
            throw new StreamException("The thread was interrupted while it waited for " + uri + ".", e);
        } catch (ExecutionException e) {
            throw (StreamException) e.getCause();
        }
        return stream;
    }

    public HttpHeaders headers() {
        return headers.join();
    }

    /**
     * Waits for the next event. Comments do not count.
     *
     * @param limit how long to wait at most
     * @return empty if the server has ended the stream, or this stream was closed
     * @throws StreamTimeoutException no event came within the limit; the next call may still return it
     * @throws StreamException the connection broke off, an event is too large, or the thread was interrupted
     */
    public Optional<Event> next(Duration limit) {
        return inbox.next(
                limit, connection::read, () -> new StreamTimeoutException("No event came within " + limit + ".", null));
    }

    /** Closes the connection; {@link #next} still returns the events that have arrived. */
    @Override
    public void close() {
        connection.cancel();
        inbox.finish(null);
    }

    private final class Incoming implements Connection.Receiver {

        @Override
        public void opened(HttpHeaders received) {
            headers.complete(received);
        }

        @Override
        public void received(List<Event> events, @Nullable Duration retry) {
            if (events.isEmpty()) {
                connection.read();
            } else {
                events.forEach(inbox::put);
            }
        }

        @Override
        public void over(@Nullable StreamException failure) {
            inbox.finish(failure);
            if (failure != null) {
                headers.completeExceptionally(failure);
            }
        }
    }
}

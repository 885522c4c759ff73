package io.kubescaler.system;

import static io.kubescaler.system.Patience.await;

import io.kubescaler.client.Listener;
import io.kubescaler.client.Message;
import io.kubescaler.client.RefusedException;
import io.kubescaler.client.Session;
import io.kubescaler.client.StreamClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A client that stays on its pair, and remembers how it went. Closing it is leaving without a word. */
final class Client implements AutoCloseable {

    private final List<Session> sessions = new CopyOnWriteArrayList<>();
    private final List<Integer> refusals = new CopyOnWriteArrayList<>();
    private final AtomicLong messages = new AtomicLong();
    private final StreamClient stream;
    private volatile Duration longestGap = Duration.ZERO;

    Client(HttpClient http, URI address, Supplier<@Nullable String> accessToken) {
        stream = StreamClient.of(address).http(http).accessToken(accessToken).start(new Memory());
    }

    /** The session as each of its connections began with it. */
    List<Session> sessions() {
        return sessions;
    }

    /** The instance that serves it now; empty while none does. */
    Optional<String> instance() {
        return stream.session().map(Session::instance);
    }

    /** Whether one of these instances served it last. */
    boolean wasOn(List<String> instances) {
        return instances.contains(sessions.get(sessions.size() - 1).instance());
    }

    /** The answers that were no stream. */
    List<Integer> refusals() {
        return refusals;
    }

    String token() {
        return stream.token().orElseThrow();
    }

    long messages() {
        return messages.get();
    }

    /** How many times it came back. */
    int returns() {
        return Math.max(0, sessions.size() - 1);
    }

    /** How many times it came back as a new client. */
    long lostSessions() {
        // A session that goes on keeps the time of its beginning.
        return Math.max(0, sessions.stream().map(Session::since).distinct().count() - 1);
    }

    /** The longest time from the last event of a connection to the first of the next. */
    Duration longestGap() {
        return longestGap;
    }

    /** From now on, it is as if it had just come, with the session that it has. */
    void forget() {
        sessions.subList(0, sessions.size() - 1).clear();
        refusals.clear();
        longestGap = Duration.ZERO;
    }

    @Override
    public void close() {
        stream.close();
    }

    /** Leaves, and frees the pair, as soon as the platform answers. */
    void end() {
        await().ignoreExceptions().until(() -> {
            stream.end();
            return true;
        });
    }

    private final class Memory implements Listener {

        private long lastEvent = System.nanoTime();

        @Override
        public void session(Session session) {
            Duration gap = Duration.ofNanos(System.nanoTime() - lastEvent);
            if (!sessions.isEmpty() && gap.compareTo(longestGap) > 0) {
                longestGap = gap;
            }
            lastEvent = System.nanoTime();
            sessions.add(session);
        }

        @Override
        public void message(Message message) {
            lastEvent = System.nanoTime();
            messages.incrementAndGet();
        }

        @Override
        public void refused(RefusedException refusal, @Nullable Duration retryIn) {
            refusals.add(refusal.status());
        }
    }
}

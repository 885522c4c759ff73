package io.kubescaler.client;

import io.kubescaler.client.Connection.Tokens;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that reconnects: it streams one pair of a user and a profile. When the stream is over, it comes back with
 * its session's token, until it is closed or no attempt can succeed.
 *
 * <table>
 * <caption>Reconnecting</caption>
 * <tr><th>after</th><th>it comes back</th></tr>
 * <tr><td>the end {@code drain} or {@code expired}</td><td>with its token, after the longer of the backoff and the last
 *     {@code retry} of that stream</td></tr>
 * <tr><td>the end {@code lost}</td><td>without a token, after the same wait</td></tr>
 * <tr><td>the end {@code closed} or {@code unbound}</td><td>never</td></tr>
 * <tr><td>409, 429, 5xx</td><td>with its token, after {@code Retry-After} or the problem's {@code retryAfter}; 409 can
 *     be made final</td></tr>
 * <tr><td>any other answer</td><td>never</td></tr>
 * <tr><td>a lost or silent connection, a too large event, an event that breaks the protocol</td><td>with its token,
 *     after the same wait</td></tr>
 * </table>
 *
 * <p>It drops messages and sessions with a lower epoch than one that it has seen: they are out of date.
 *
 * <p>Where the server names no time, the backoff decides. Each attempt goes to the next of the addresses.
 *
 * <p>It is thread-safe. It holds at most one read from the network. A slow client reads less, and the server then drops
 * messages. The server cuts off a client that reads nothing for long (60 s by default).
 */
public final class StreamClient implements AutoCloseable {

    private final List<URI> streams;
    private final HttpClient http;
    private final Limits limits;
    private final Backoff backoff;
    private final boolean sharedSequence;
    private final boolean finalConflict;
    private final Supplier<@Nullable String> accessToken;
    private final Time time;
    private final Listener listener;
    private final @Nullable Inbox<Message> inbox;
    private final Serial serial;

    // Only serial tasks use these.
    private int attempts;
    private int failures;
    private @Nullable Message last;
    private long epoch;
    private @Nullable Instant since;

    private volatile boolean stopped;
    private volatile @Nullable String token;
    private volatile @Nullable Session session;
    private volatile @Nullable StreamException lastFailure;
    private volatile @Nullable Attempt attempt;
    private volatile Runnable takeBackRetry = () -> {};

    StreamClient(StreamClientBuilder builder, Listener listener, @Nullable Inbox<Message> inbox) {
        streams = builder.streams;
        http = builder.http == null ? Connection.newHttp() : builder.http;
        limits = builder.limits;
        backoff = builder.backoff;
        sharedSequence = builder.sharedSequence;
        finalConflict = builder.finalConflict;
        accessToken = builder.accessToken;
        time = builder.time;
        token = builder.token;
        this.listener = listener;
        this.inbox = inbox;
        serial = new Serial(http.executor().orElse(ForkJoinPool.commonPool()));
    }

    /**
     * @param streams the stream's address, at each instance or gateway to use
     * @throws IllegalArgumentException there is none, or one is no address of HTTP
     */
    public static StreamClientBuilder of(URI... streams) {
        return new StreamClientBuilder(List.of(streams));
    }

    /**
     * @param bases the addresses of instances or gateways, for example {@code http://localhost:8080}
     * @throws IllegalArgumentException there is none, or one is no address of HTTP
     */
    public static StreamClientBuilder of(UUID user, UUID profile, URI... bases) {
        String path = "/stream/" + user + "/" + profile;
        List<URI> streams = new ArrayList<>();
        for (URI base : bases) {
            streams.add(URI.create(base.toString().replaceFirst("/$", "") + path));
        }
        return new StreamClientBuilder(List.copyOf(streams));
    }

    /**
     * Waits for the next message, for a client that was opened without a listener.
     *
     * @param limit how long to wait at most
     * @return empty if the client was closed, here or by the server
     * @throws RefusedException the client has stopped, because no later attempt can succeed
     * @throws StreamTimeoutException no message came within the limit. If the client has no session now, the cause is
     *     the last failure. The next call goes on waiting
     * @throws StreamException the thread was interrupted
     * @throws IllegalStateException messages go to the listener
     */
    public Optional<Message> next(Duration limit) {
        if (inbox == null) {
            throw new IllegalStateException("The messages of this client go to its listener.");
        }
        return inbox.next(limit, () -> serial.execute(this::readOn), () -> {
            StreamException cause = lastFailure;
            String words = cause == null ? "." : "; before that: " + cause.getMessage();
            return new StreamTimeoutException("No message came within " + limit + words, cause);
        });
    }

    /** The current session; empty while there is none. */
    public Optional<Session> session() {
        return stopped ? Optional.empty() : Optional.ofNullable(session);
    }

    /** The token for the next attempt; empty if there is none. */
    public Optional<String> token() {
        return Optional.ofNullable(token);
    }

    /** Stops without ending the session: the pair stays taken for its ttl, and anyone with the token can resume. */
    @Override
    public void close() {
        stop(null);
        leave();
    }

    /**
     * Stops, and ends the session, which frees the pair at once. If the client is connecting, this waits for the token
     * first, up to {@link Limits#answer}: the server may have replaced the one before. Then it tries one address after
     * the other until one answers.
     *
     * @return true if the pair is free now; false if the client had no token, or another session has the pair. After
     *     false, a session whose token did not reach this client may keep the pair taken, for its ttl
     * @throws RefusedException the session could not be ended; this may be called again
     * @throws StreamException no address can be reached; this may be called again
     */
    public boolean end() {
        stop(null);
        Attempt connecting = attempt;
        if (connecting != null) {
            serial.execute(this::readOn);
            connecting.awaitToken();
        }
        // Before the request, because another client may get the pair as soon as the session is over.
        leave();
        String ending = token;
        StreamException failure = null;
        for (URI stream : ending == null ? List.<URI>of() : streams) {
            try {
                boolean ended = Connection.delete(http, stream, tokens(ending), limits);
                token = null;
                return ended;
            } catch (StreamException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return false;
    }

    private void stop(@Nullable StreamException reason) {
        synchronized (serial) {
            stopped = true;
        }
        takeBackRetry.run();
        if (inbox != null) {
            inbox.finish(reason);
        }
    }

    private void leave() {
        Attempt current = attempt;
        if (current != null) {
            current.finish();
        }
    }

    void start() {
        serial.execute(this::connect);
    }

    private void connect() {
        Tokens tokens;
        try {
            tokens = tokens(token);
        } catch (StreamException e) {
            lastFailure = e;
            Duration wait = nextBackoff();
            report(to -> to.disconnected(e, wait));
            connectIn(wait);
            return;
        }
        // Whoever stops the client sees this attempt, or prevents it.
        synchronized (serial) {
            if (!stopped) {
                attempt = new Attempt(streams.get(attempts++ % streams.size()), tokens);
            }
        }
    }

    private Tokens tokens(@Nullable String session) {
        try {
            return new Tokens(session, accessToken.get());
        } catch (Throwable e) {
            // Everything, as for listeners.
            throw new StreamException("There is no access token: " + e, e);
        }
    }

    private void connectIn(Duration delay) {
        if (stopped) {
            return;
        }
        takeBackRetry = time.after(delay, () -> serial.execute(this::connect));
        if (stopped) {
            takeBackRetry.run();
        }
    }

    private void readOn() {
        Attempt current = attempt;
        if (current != null) {
            current.readOn();
        }
    }

    private void report(Consumer<Listener> callback) {
        if (stopped) {
            return;
        }
        try {
            callback.accept(listener);
        } catch (Throwable e) {
            // Everything: listeners can throw checked exceptions without declaring them.
            handle(e);
        }
    }

    private static void handle(Throwable thrown) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        } catch (Throwable ignored) {
            // As the JVM does when a thread ends.
        }
    }

    private Duration nextBackoff() {
        return backoff.delay(failures++, ThreadLocalRandom.current().nextDouble());
    }

    /**
     * One connection from the request to its end. Everything except {@link #finish} and {@link #awaitToken} runs in
     * serial tasks.
     */
    private final class Attempt implements Connection.Receiver {

        private final URI stream;
        private final @Nullable String with;
        private final Connection connection;
        private final CompletableFuture<@Nullable Void> begunOrOver = new CompletableFuture<>();
        private @Nullable Duration retry;
        private boolean opened;
        private boolean reading;
        private long readingSince;
        private volatile Runnable takeBackWatch = () -> {};

        Attempt(URI stream, Tokens tokens) {
            this.stream = stream;
            with = tokens.session();
            connection = Connection.open(http, stream, tokens, limits, this);
        }

        @Override
        public void opened(HttpHeaders headers) {
            ifCurrent(() -> {
                opened = true;
                readOn();
                watch(limits.silence());
            });
        }

        @Override
        public void received(List<Event> events, @Nullable Duration lastRetry) {
            ifCurrent(() -> {
                reading = false;
                retry = lastRetry;
                for (Event event : events) {
                    // One of them may have ended the stream.
                    if (attempt == this) {
                        take(event);
                    }
                }
                readOn();
            });
        }

        @Override
        public void over(@Nullable StreamException failure) {
            ifCurrent(() -> {
                if (failure instanceof RefusedException refusal) {
                    refused(refusal);
                } else if (failure != null) {
                    disconnected(failure);
                } else {
                    disconnected(new StreamException("The stream from " + stream + " ended without a reason."));
                }
            });
        }

        private void ifCurrent(Runnable task) {
            serial.execute(() -> {
                if (attempt == this) {
                    task.run();
                }
            });
        }

        /** Reads only as fast as the messages are taken. While the client ends, it waits for the token only. */
        private void readOn() {
            if (opened && !reading && attempt == this && (inbox == null || inbox.isEmpty() || stopped)) {
                reading = true;
                readingSince = time.nanos();
                connection.read();
            }
        }

        private void watch(Duration delay) {
            takeBackWatch = time.after(
                    delay,
                    () -> ifCurrent(() -> {
                        Duration silent = reading ? Duration.ofNanos(time.nanos() - readingSince) : Duration.ZERO;
                        if (silent.compareTo(limits.silence()) < 0) {
                            watch(limits.silence().minus(silent));
                        } else {
                            disconnected(new StreamTimeoutException(
                                    stream + " has sent nothing for " + limits.silence() + ".", null));
                        }
                    }));
            if (attempt != this) {
                takeBackWatch.run();
            }
        }

        /** Waits until the token of this attempt is known, or never will be. */
        void awaitToken() {
            begunOrOver
                    .completeOnTimeout(null, Time.toNanos(limits.answer()), TimeUnit.NANOSECONDS)
                    .join();
        }

        void finish() {
            attempt = null;
            session = null;
            connection.cancel();
            takeBackWatch.run();
            begunOrOver.complete(null);
        }

        private void take(Event event) {
            try {
                switch (event.name()) {
                    case "session" -> begin(event);
                    case "message" -> {
                        Message message = Message.of(Json.read(event.data()), last, sharedSequence);
                        // An instance that was stopped may send what it wrote before another session began.
                        if (message.epoch() >= epoch) {
                            deliver(message);
                        }
                    }
                    case "end" -> ended(EndReason.of(Json.read(event.data()).get("reason")));
                    default -> {
                        // An event of a later version.
                    }
                }
            } catch (IllegalArgumentException | DateTimeException e) {
                disconnected(new StreamException(
                        stream + " sent an event \"" + event.name() + "\" that is not understood: " + e.getMessage(),
                        e));
            }
        }

        private void deliver(Message message) {
            last = message;
            if (inbox == null) {
                report(to -> to.message(message));
            } else {
                inbox.put(message);
            }
        }

        private void begin(Event event) {
            Session current = Session.of(event, with != null, since);
            if (current.epoch() < epoch) {
                disconnected(new StreamException(stream + " began a session that is out of date."));
                return;
            }
            epoch = current.epoch();
            since = current.since();
            failures = 0;
            lastFailure = null;
            token = current.token();
            session = current;
            begunOrOver.complete(null);
            report(to -> to.session(current));
        }

        private void ended(EndReason reason) {
            finish();
            if (!reason.keepsSession()) {
                token = null;
            }
            if (reason.isFinal()) {
                report(to -> to.ended(reason, null));
                stop(null);
            } else {
                Duration wait = nextWait();
                report(to -> to.ended(reason, wait));
                connectIn(wait);
            }
        }

        /** The backoff, or the stream's last retry if that is longer. A retry of zero would be a hot loop. */
        private Duration nextWait() {
            Duration own = nextBackoff();
            return retry != null && retry.compareTo(own) > 0 ? retry : own;
        }

        private void refused(RefusedException refusal) {
            finish();
            lastFailure = refusal;
            if (refusal.status() == 204 && with != null) {
                ended(EndReason.CLOSED);
            } else if (!refusal.isTemporary() || (finalConflict && refusal.status() == 409)) {
                report(to -> to.refused(refusal, null));
                stop(refusal);
            } else {
                Duration own = nextBackoff();
                Duration told = refusal.retryAfter();
                // Many rejections in a row with zero seconds would be a hot loop.
                Duration wait = told == null || told.isZero() ? own : told;
                report(to -> to.refused(refusal, wait));
                connectIn(wait);
            }
        }

        private void disconnected(StreamException cause) {
            finish();
            lastFailure = cause;
            Duration wait = nextWait();
            report(to -> to.disconnected(cause, wait));
            connectIn(wait);
        }
    }
}

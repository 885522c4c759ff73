package io.kubescaler.client;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request, and its answer as events. It reads from the server only on {@link #read()}. */
final class Connection {

    private static final int LARGEST_PROBLEM = 64 * 1024;
    private static final int THREAD_IDLE_SECONDS = 5;

    private final URI uri;
    private final Limits limits;
    private final Receiver receiver;
    private final CompletableFuture<@Nullable Void> head = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse<byte[]>> exchange;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile Flow.@Nullable Subscription subscription;

    /**
     * What a request shows.
     *
     * @param session the token of the session to resume or end
     * @param access the access token of the user
     */
    record Tokens(@Nullable String session, @Nullable String access) {

        private static final Pattern VISIBLE = Pattern.compile("[!-~]+");

        Tokens {
            if (access != null && !VISIBLE.matcher(access).matches()) {
                throw new IllegalArgumentException("It is empty, or has other characters than visible ASCII.");
            }
        }

        private HttpRequest in(HttpRequest.Builder request) {
            if (session != null) {
                request.header("Last-Event-ID", session);
            }
            if (access != null) {
                request.header("Authorization", "Bearer " + access);
            }
            return request.build();
        }
    }

    /** Is called on one thread at a time; only {@link #over} may come concurrently from another. */
    interface Receiver {

        void opened(HttpHeaders headers);

        /**
         * One read.
         *
         * @param events empty if it completed none
         * @param retry the last {@code retry} of the stream so far; null before the first
         */
        void received(List<Event> events, @Nullable Duration retry);

        /** The last call. Without a failure, the server has ended the stream. */
        void over(@Nullable StreamException failure);
    }

    private Connection(HttpClient http, URI uri, Tokens tokens, Limits limits, Receiver receiver) {
        this.uri = uri;
        this.limits = limits;
        this.receiver = receiver;
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).header("Accept", "text/event-stream, application/problem+json");
        exchange = http.sendAsync(tokens.in(request), answer -> {
            head.complete(null);
            return body(answer);
        });
    }

    static Connection open(HttpClient http, URI uri, Tokens tokens, Limits limits, Receiver receiver) {
        Connection connection = new Connection(http, uri, tokens, limits, receiver);
        answer(connection.exchange, connection.head, uri, limits).whenComplete((response, failure) -> {
            if (failure != null) {
                connection.finish((StreamException) failure.getCause());
            } else if (!isStream(response.statusCode(), response.headers())) {
                connection.finish(refusal(response));
            }
        });
        return connection;
    }

    /**
     * Ends the session of its token.
     *
     * @return whether the session existed
     */
    static boolean delete(HttpClient http, URI uri, Tokens tokens, Limits limits) {
        HttpRequest request = tokens.in(HttpRequest.newBuilder(uri).DELETE());
        CompletableFuture<@Nullable Void> head = new CompletableFuture<>();
        HttpResponse<byte[]> response;
        try {
            response = answer(
                            http.sendAsync(request, answer -> {
                                head.complete(null);
                                return new Problem(limits);
                            }),
                            head,
                            uri,
                            limits)
                    .join();
        } catch (CompletionException e) {
            throw (StreamException) e.getCause();
        }
        if (response.statusCode() != 204 && response.statusCode() != 403) {
            throw refusal(response);
        }
        return response.statusCode() == 204;
    }

    /** A client that uses no thread while it only waits. */
    static HttpClient newHttp() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "kubescaler-client");
                    thread.setDaemon(true);
                    return thread;
                });
        // With HTTP/1.1 each stream has its own connection, so an unread stream does not block another.
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(threads)
                .build();
    }

    /** Requests the next bytes, unless a read is under way. */
    void read() {
        Flow.Subscription open = subscription;
        if (open != null && reading.compareAndSet(false, true)) {
            open.request(1);
        }
    }

    /** Closes the connection; no further call to the receiver begins. */
    void cancel() {
        over.set(true);
        Flow.Subscription open = subscription;
        if (open != null) {
            open.cancel();
        }
        exchange.cancel(true);
    }

    private void finish(@Nullable StreamException failure) {
        if (over.compareAndSet(false, true)) {
            receiver.over(failure);
        }
    }

    /** Fails with a {@link StreamException} as the cause. @param head completed with the head of the answer */
    private static CompletableFuture<HttpResponse<byte[]>> answer(
            CompletableFuture<HttpResponse<byte[]>> exchange,
            CompletableFuture<@Nullable Void> head,
            URI uri,
            Limits limits) {
        exchange.whenComplete((response, failure) -> head.complete(null));
        // Not HttpRequest.timeout(), which may cover the whole body.
        return head.orTimeout(Time.toNanos(limits.answer()), TimeUnit.NANOSECONDS)
                .thenCompose(answered -> exchange)
                .handle((response, failure) -> {
                    if (failure == null) {
                        return response;
                    }
                    exchange.cancel(true);
                    throw new CompletionException(unanswered(uri, limits, failure));
                });
    }

    private static StreamException unanswered(URI uri, Limits limits, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? Objects.requireNonNull(failure.getCause()) : failure;
        if (cause instanceof TimeoutException) {
            return new StreamTimeoutException(uri + " did not answer within " + limits.answer() + ".", cause);
        }
        return new StreamException(uri + " cannot be reached: " + cause, cause);
    }

    private static RefusedException refusal(HttpResponse<byte[]> response) {
        return RefusedException.of(response.uri(), response.statusCode(), response.headers(), response.body());
    }

    private static boolean isStream(int status, HttpHeaders headers) {
        return status == 200 && isOfType("text/event-stream", headers);
    }

    /** Compares the media type without its parameters. */
    static boolean isOfType(String type, HttpHeaders headers) {
        String contentType = headers.firstValue("Content-Type").orElse("");
        return contentType.split(";", 2)[0].strip().equalsIgnoreCase(type);
    }

    private BodySubscriber<byte[]> body(ResponseInfo answer) {
        return isStream(answer.statusCode(), answer.headers()) ? new Events(answer.headers()) : new Problem(limits);
    }

    /** Passes the stream's events to the receiver. */
    private final class Events implements BodySubscriber<byte[]> {

        private final HttpHeaders headers;
        private final EventParser parser = new EventParser(limits.largestEvent());

        private Events(HttpHeaders headers) {
            this.headers = headers;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return CompletableFuture.completedFuture(new byte[0]);
        }

        @Override
        public void onSubscribe(Flow.Subscription opened) {
            subscription = opened;
            if (over.get()) {
                opened.cancel();
            } else {
                receiver.opened(headers);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> bytes) {
            List<Event> events = new ArrayList<>();
            StreamException tooLarge = null;
            try {
                bytes.forEach(each -> parser.push(each, events::add));
            } catch (StreamException e) {
                tooLarge = e;
            }
            // Before the receiver gets them: it may read again.
            reading.set(false);
            if (!over.get()) {
                receiver.received(events, parser.retry());
            }
            if (tooLarge != null) {
                Objects.requireNonNull(subscription).cancel();
                finish(tooLarge);
            }
        }

        @Override
        public void onError(Throwable failure) {
            finish(new StreamException("The stream from " + uri + " broke off: " + failure, failure));
        }

        @Override
        public void onComplete() {
            finish(null);
        }
    }

    /** Keeps the first bytes of an answer that is no stream: those that come within the limit for an answer. */
    private static final class Problem implements BodySubscriber<byte[]> {

        private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
        private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
        private final Limits limits;
        private Flow.@Nullable Subscription rest;

        private Problem(Limits limits) {
            this.limits = limits;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            rest = subscription;
            subscription.request(1);
            CompletableFuture.delayedExecutor(Time.toNanos(limits.answer()), TimeUnit.NANOSECONDS)
                    .execute(this::takeNoMore);
        }

        @Override
        public void onNext(List<ByteBuffer> bytes) {
            for (ByteBuffer each : bytes) {
                byte[] taken = new byte[Math.min(each.remaining(), LARGEST_PROBLEM - beginning.size())];
                each.get(taken);
                beginning.writeBytes(taken);
            }
            Flow.Subscription open = Objects.requireNonNull(rest);
            if (beginning.size() < LARGEST_PROBLEM) {
                open.request(1);
            } else {
                takeNoMore();
            }
        }

        private void takeNoMore() {
            if (!whole.isDone()) {
                Objects.requireNonNull(rest).cancel();
                onComplete();
            }
        }

        @Override
        public void onError(Throwable failure) {
            // The status is enough.
            onComplete();
        }

        @Override
        public void onComplete() {
            whole.complete(beginning.toByteArray());
        }
    }
}

package io.kubescaler.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The real pages, with scripted answers instead of services. {@link #on} and {@link #failOn} set the answers of main.
 * {@link #nextStream} returns each stream to the test, unless {@link #refuseNextStream} was called before it opened.
 */
final class ScriptedPlatform implements AutoCloseable {

    private static final long EPOCH = 1_800_000_000_000L;
    private static final String PROBLEM = "application/problem+json";
    private static final Map<String, String> PAGES = conf("/pages.conf", "^\"~(.+)\" (\\S+);$");
    private static final Map<String, String> HEADERS = conf("/headers.conf", "^add_header (\\S+) \"(.*)\" always;$");

    /**
     * A request to this platform.
     *
     * @param token the {@code Last-Event-ID} header
     * @param authorization the header of this name
     */
    record Request(
            String method,
            String path,
            @Nullable String token,
            @Nullable String authorization,
            String body) {}

    private record Answer(
            int status, String type, String body, @Nullable Integer retryAfter) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Queue<Answer> refusals = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<OpenStream> opened = new LinkedBlockingQueue<>();
    private final List<OpenStream> streams = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    ScriptedPlatform() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::page);
        server.createContext("/main/", exchange -> answer(exchange, scripted(received(exchange))));
        server.createContext("/stream/", this::stream);
        on("GET /main/access", "{\"access\":\"open\",\"user\":null,\"admin\":true}");
        server.start();
    }

    private static Map<String, String> conf(String file, String line) {
        try (var conf = ScriptedPlatform.class.getResourceAsStream(file)) {
            return Pattern.compile(line, Pattern.MULTILINE)
                    .matcher(new String(Objects.requireNonNull(conf).readAllBytes(), UTF_8))
                    .results()
                    .collect(Collectors.toMap(entry -> entry.group(1), entry -> entry.group(2)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort()).resolve(path);
    }

    /** @param call method and path, with the query if it matters, as in {@code GET /main/users?limit=10} */
    void on(String call, String json) {
        answers.put(call, new Answer(200, "application/json", json, null));
    }

    void failOn(String call, int status, String problem, int retryAfter) {
        answers.put(call, new Answer(status, PROBLEM, problem, retryAfter));
    }

    void refuseNextStream(int status, String problem, @Nullable Integer retryAfter) {
        refusals.add(new Answer(status, PROBLEM, problem, retryAfter));
    }

    /** The next stream that a page opens, or has opened. */
    OpenStream nextStream() throws InterruptedException {
        var stream = opened.poll(60, TimeUnit.SECONDS);
        if (stream == null) {
            throw new AssertionError("No page has opened a stream within a minute, only " + requests);
        }
        return stream;
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        streams.forEach(OpenStream::breakOff);
        server.stop(0);
        threads.shutdownNow();
    }

    private void page(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        var file = PAGES.entrySet().stream()
                .filter(page -> path.matches(page.getKey()))
                .map(Map.Entry::getValue)
                .findAny()
                .orElse(path);
        var resource = file.startsWith("/test/") ? file : "/static" + file;
        try (exchange;
                var content = getClass().getResourceAsStream(resource)) {
            if (content == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            var type = file.endsWith(".js")
                    ? "text/javascript"
                    : file.endsWith(".svg") ? "image/svg+xml" : URLConnection.guessContentTypeFromName(file);
            exchange.getResponseHeaders().set("Content-Type", type);
            HEADERS.forEach(exchange.getResponseHeaders()::set);
            // The server would close the connection of a HEAD with a body, and with it a later request.
            var hasBody = !exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, hasBody ? 0 : -1);
            if (hasBody) {
                content.transferTo(exchange.getResponseBody());
            }
        }
    }

    private void stream(HttpExchange exchange) throws IOException {
        var request = received(exchange);
        var refusal = refusals.poll();
        if (!request.method().equals("GET")) {
            answer(exchange, scripted(request));
        } else if (refusal != null) {
            answer(exchange, refusal);
        } else {
            var stream = new OpenStream(exchange, request.token());
            streams.add(stream);
            opened.add(stream);
        }
    }

    private Request received(HttpExchange exchange) throws IOException {
        var request = new Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                exchange.getRequestHeaders().getFirst("Last-Event-ID"),
                exchange.getRequestHeaders().getFirst("Authorization"),
                new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        requests.add(request);
        return request;
    }

    private Answer scripted(Request request) {
        var call = request.method() + " " + request.path();
        var answer = answers.get(call);
        if (answer == null) {
            answer = answers.get(call.replaceFirst("\\?.*", ""));
        }
        return answer != null
                ? answer
                : new Answer(404, PROBLEM, "{\"title\":\"Not in the script\",\"detail\":\"" + call + "\"}", null);
    }

    private static void answer(HttpExchange exchange, Answer answer) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            if (answer.retryAfter() != null) {
                exchange.getResponseHeaders()
                        .set("Retry-After", answer.retryAfter().toString());
            }
            if (answer.body().isEmpty()) {
                exchange.sendResponseHeaders(204, -1);
            } else {
                var body = answer.body().getBytes(UTF_8);
                exchange.sendResponseHeaders(answer.status(), body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    /** A stream that a page has open. The test sends its events. */
    static final class OpenStream {

        private final HttpExchange exchange;
        private final @Nullable String token;
        private final ScheduledExecutorService source = Executors.newSingleThreadScheduledExecutor();

        private OpenStream(HttpExchange exchange, @Nullable String token) throws IOException {
            this.exchange = exchange;
            this.token = token;
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(200, 0);
        }

        /** The token that the page sent. */
        @Nullable
        String token() {
            return token;
        }

        void session(String newToken, String instance) {
            session(newToken, instance, EPOCH);
        }

        void session(String newToken, String instance, long epoch) {
            send("id: %s\nevent: session\ndata: {\"instance\":\"%s\",\"since\":\"%s\",\"ttl\":60,\"epoch\":%d}\n\n"
                    .formatted(newToken, instance, Instant.now(), epoch));
        }

        void message(long sequence, String text) {
            message(sequence, text, EPOCH);
        }

        void message(long sequence, String text, long epoch) {
            send("""
                    event: message
                    data: {"sequence":%d,"instance":"stream-1","timestamp":"%s","message":"%s",
                    data: "epoch":%d}

                    """.formatted(sequence, Instant.now(), text, epoch));
        }

        /** Sends ten messages per second from now on, as the real stream does. */
        void messages(String text) {
            var sequence = new AtomicLong();
            source.scheduleAtFixedRate(() -> message(sequence.incrementAndGet(), text), 0, 100, TimeUnit.MILLISECONDS);
        }

        void end(String reason, int retryMillis) {
            source.shutdownNow();
            send("event: end\nretry: %d\ndata: {\"reason\":\"%s\"}\n\n".formatted(retryMillis, reason));
            exchange.close();
        }

        /** Ends the connection without ending the answer, as a killed instance does. */
        void breakOff() {
            source.shutdownNow();
            exchange.close();
        }

        private synchronized void send(String events) {
            try {
                exchange.getResponseBody().write(events.getBytes(UTF_8));
                exchange.getResponseBody().flush();
            } catch (IOException e) {
                throw new UncheckedIOException("The page has left the stream", e);
            }
        }
    }
}

package io.kubescaler.stream.session;

import io.kubescaler.api.RedisKeys;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.Resource;
import io.kubescaler.stream.StreamSettings;
import io.kubescaler.stream.message.MessageSource;
import io.kubescaler.stream.session.Session.EndReason;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Opens and ends sessions. */
@RestController
@RequestMapping("/stream/{userId}/{profileId}")
class SessionController {

    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(1);

    private final Admission admission;
    private final Binding binding;
    private final RedLock lock;
    private final RedLockSettings lockSettings;
    private final Sessions sessions;
    private final MessageSource messages;
    private final StreamSettings settings;
    private final JsonMapper json;
    private final MeterRegistry metrics;

    SessionController(
            Admission admission,
            Binding binding,
            RedLock lock,
            RedLockSettings lockSettings,
            Sessions sessions,
            MessageSource messages,
            StreamSettings settings,
            JsonMapper json,
            MeterRegistry metrics) {
        this.admission = admission;
        this.binding = binding;
        this.lock = lock;
        this.lockSettings = lockSettings;
        this.sessions = sessions;
        this.messages = messages;
        this.settings = settings;
        this.json = json;
        this.metrics = metrics;
    }

    /** The stream, once the lock is ours; {@link Refusal} says the other answers. */
    @GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Mono<Void> open(
            @PathVariable String userId,
            @PathVariable String profileId,
            @RequestHeader(name = LAST_EVENT_ID, required = false) @Nullable String lastEventId,
            @RequestParam(required = false) @Nullable String session,
            ServerWebExchange exchange) {
        // Spring answers HEAD like GET, which here would take the lock for a client that wants no stream.
        if (exchange.getRequest().getMethod() == HttpMethod.HEAD) {
            throw new MethodNotAllowedException(HttpMethod.HEAD, Set.of(HttpMethod.GET, HttpMethod.DELETE));
        }
        UUID user = id("userId", userId);
        UUID profile = id("profileId", profileId);
        String previous = token(lastEventId, session);
        return Mono.using(
                admission::enter,
                place -> binding.require(user, profile)
                        .then(Mono.defer(() -> acquireAndServe(user, profile, previous, exchange.getResponse()))),
                Disposable::dispose);
    }

    /** Ends the session and frees the lock at once, whichever instance serves it. */
    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> close(
            @PathVariable String userId,
            @PathVariable String profileId,
            @RequestHeader(name = LAST_EVENT_ID, required = false) @Nullable String lastEventId,
            @RequestParam(required = false) @Nullable String session) {
        Resource resource = resource(id("userId", userId), id("profileId", profileId));
        String token = token(lastEventId, session);
        if (token == null) {
            throw Refusal.malformed(
                    "session", "The session's token is missing: send it as Last-Event-ID or as ?session=.");
        }
        return Mono.fromCompletionStage(() -> lock.release(resource, token)).flatMap(release -> switch (release) {
            case RELEASED, MISSING -> {
                sessions.close(token);
                yield Mono.empty();
            }
            case ANOTHERS -> Mono.error(Refusal.anothersSession());
            case UNAVAILABLE -> Mono.error(Refusal.lockUnavailable());
        });
    }

    private Mono<Void> acquireAndServe(
            UUID user, UUID profile, @Nullable String previous, ServerHttpResponse response) {
        Resource resource = resource(user, profile);
        Timer.Sample sample = Timer.start(metrics);
        CompletableFuture<Attempt> attempt = lock.acquire(resource, previous).toCompletableFuture();
        AtomicReference<Session> begun = new AtomicReference<>();
        return Mono.fromFuture(attempt, true)
                .doOnNext(outcome -> sample.stop(metrics.timer("kubescaler.lock.acquire", "outcome", outcome(outcome))))
                .flatMap(outcome -> {
                    if (outcome instanceof Attempt.Held held) {
                        return Mono.error(Refusal.launchedElsewhere(held.freeIn(), held.since()));
                    }
                    if (!(outcome instanceof Attempt.Acquired acquired)) {
                        return Mono.error(Refusal.lockUnavailable());
                    }
                    if (previous != null) {
                        sessions.close(previous);
                    }
                    Session session = sessions.begin(acquired.lease(), channel(response));
                    begun.set(session);
                    return serve(session, profile, response);
                })
                .doFinally(signal -> {
                    Session session = begun.get();
                    if (session != null) {
                        sessions.leave(session);
                    }
                    if (session == null || !session.isAnnounced()) {
                        // The client left before it had a token to resume with: nobody could use this lock.
                        attempt.thenAccept(outcome -> {
                            if (outcome instanceof Attempt.Acquired acquired) {
                                lock.release(resource, acquired.lease().token());
                            }
                        });
                    }
                });
    }

    private Mono<Void> serve(Session session, UUID profile, ServerHttpResponse response) {
        response.setStatusCode(HttpStatus.OK);
        HttpHeaders headers = response.getHeaders();
        headers.setContentType(MediaType.TEXT_EVENT_STREAM);
        headers.setCacheControl("no-store");
        headers.set("X-Accel-Buffering", "no");
        return Mono.using(
                () -> messages.open(profile),
                feed -> {
                    // Messages do not pass here: the feed writes them to the connection between the first event and the
                    // last.
                    Flux<String> events = Flux.concat(
                            feed.begun().then(Mono.fromSupplier(() -> begin(session))),
                            session.stream(feed).map(SessionController::end));
                    return response.writeAndFlushWith(events.map(event -> Mono.just(buffer(response, event))));
                },
                feed -> messages.close(profile));
    }

    private String begin(Session session) {
        session.announced();
        Lease lease = session.lease();
        String data = json.writeValueAsString(new SessionBegun(
                settings.instance(), lease.since(), lockSettings.ttl().toSeconds()));
        return "id: %s\nevent: session\ndata: %s\n\n".formatted(lease.token(), data);
    }

    private static String end(EndReason reason) {
        // Streams may end in the same moment; clients that all came back in the same moment would be a burst.
        long retry = ThreadLocalRandom.current().nextLong(LONGEST_RETRY.toMillis());
        return "event: end\nretry: %d\ndata: {\"reason\":\"%s\"}\n\n"
                .formatted(retry, reason.name().toLowerCase(Locale.ROOT));
    }

    private static DataBuffer buffer(ServerHttpResponse response, String event) {
        return response.bufferFactory().wrap(event.getBytes(StandardCharsets.UTF_8));
    }

    private static Channel channel(ServerHttpResponse response) {
        AtomicReference<Channel> channel = new AtomicReference<>();
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        server.withConnection(connection -> channel.set(connection.channel()));
        return channel.get();
    }

    private static Resource resource(UUID user, UUID profile) {
        return new Resource(RedisKeys.lock(user, profile), RedisKeys.launched(user, profile));
    }

    private static UUID id(String field, String value) {
        // UUID.fromString also takes "1-1-1-1-1".
        if (!ID.matcher(value).matches()) {
            throw Refusal.malformed(field, "The " + field + " is not a UUID.");
        }
        return UUID.fromString(value);
    }

    private static @Nullable String token(@Nullable String lastEventId, @Nullable String session) {
        String token = session == null ? lastEventId : session;
        if (token == null || token.isEmpty()) {
            return null;
        }
        if (!TOKEN.matcher(token).matches()) {
            throw Refusal.malformed("session", "This is not the token of a session.");
        }
        return token;
    }

    private static String outcome(Attempt attempt) {
        if (attempt instanceof Attempt.Acquired) {
            return "acquired";
        }
        return attempt instanceof Attempt.Held ? "held" : "unavailable";
    }

    /**
     * The data of the first event.
     *
     * @param ttl seconds for which the lock is kept for a client that has vanished
     */
    private record SessionBegun(String instance, Instant since, long ttl) {}
}

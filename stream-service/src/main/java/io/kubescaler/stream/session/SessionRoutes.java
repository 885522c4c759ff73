package io.kubescaler.stream.session;

import static org.springframework.web.reactive.function.server.RequestPredicates.accept;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;

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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.NotAcceptableStatusException;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Opens and ends sessions. */
@Configuration(proxyBeanMethods = false)
class SessionRoutes {

    private static final String PATH = "/stream/{userId}/{profileId}";
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(1);
    private static final List<MediaType> EVENTS = List.of(MediaType.TEXT_EVENT_STREAM);
    private static final List<HttpMethod> METHODS = List.of(HttpMethod.DELETE, HttpMethod.GET);

    private final Admission admission;
    private final Binding binding;
    private final RedLock lock;
    private final RedLockSettings lockSettings;
    private final Sessions sessions;
    private final MessageSource messages;
    private final StreamSettings settings;
    private final JsonMapper json;
    private final MeterRegistry metrics;

    SessionRoutes(
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

    /** Not in an annotated controller: what Spring makes to call one would be kept as long as the stream lasts. */
    @Bean
    RouterFunction<ServerResponse> streams(ApplicationContext context) {
        // The management port's context finds the routes of this one too.
        return RouterFunctions.nest(
                request -> request.exchange().getApplicationContext() == context,
                RouterFunctions.route()
                        .GET(PATH, SessionRoutes::acceptsEvents, this::open)
                        .GET(PATH, request -> Mono.error(new NotAcceptableStatusException(EVENTS)))
                        .DELETE(PATH, this::close)
                        .route(
                                path(PATH),
                                request -> Mono.error(new MethodNotAllowedException(request.method(), METHODS)))
                        .build());
    }

    /** The stream, once the lock is ours; {@link Refusal} says the other answers. */
    private Mono<ServerResponse> open(ServerRequest request) {
        Mono<Void> stream = Mono.defer(() -> {
            UUID user = id(request, "userId");
            UUID profile = id(request, "profileId");
            String previous = token(request);
            ServerHttpResponse response = request.exchange().getResponse();
            return Mono.using(
                    admission::enter,
                    place -> binding.require(user, profile)
                            .then(Mono.defer(() -> acquireAndServe(user, profile, previous, response))),
                    Disposable::dispose);
        });
        // It writes the response itself.
        return stream.then(Mono.empty());
    }

    /** Ends the session and frees the lock at once, whichever instance serves it. */
    private Mono<ServerResponse> close(ServerRequest request) {
        return Mono.defer(() -> {
            Resource resource = resource(id(request, "userId"), id(request, "profileId"));
            String token = token(request);
            if (token == null) {
                throw Refusal.malformed(
                        "session", "The session's token is missing: send it as Last-Event-ID or as ?session=.");
            }
            return Mono.fromCompletionStage(() -> lock.release(resource, token)).flatMap(release -> switch (release) {
                case RELEASED, MISSING -> {
                    sessions.close(token);
                    yield ServerResponse.noContent().build();
                }
                case ANOTHERS -> Mono.error(Refusal.anothersSession());
                case UNAVAILABLE -> Mono.error(Refusal.lockUnavailable());
            });
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
                // Messages do not pass here: between the two events the feed writes them to the connection.
                feed -> feed.begun()
                        .then(Mono.defer(() -> response.writeAndFlushWith(first(session, response))))
                        .doOnSuccess(written -> session.announced())
                        .then(session.stream(feed))
                        .flatMap(reason -> session.write(last(reason))),
                feed -> messages.close(profile));
    }

    private Mono<Mono<DataBuffer>> first(Session session, ServerHttpResponse response) {
        Lease lease = session.lease();
        String data = json.writeValueAsString(new SessionBegun(
                settings.instance(), lease.since(), lockSettings.ttl().toSeconds()));
        String event = "id: %s\nevent: session\ndata: %s\n\n".formatted(lease.token(), data);
        return Mono.just(Mono.just(response.bufferFactory().wrap(event.getBytes(StandardCharsets.UTF_8))));
    }

    private static ByteBuf last(EndReason reason) {
        // Streams may end in the same moment; clients that all came back in the same moment would be a burst.
        long retry = ThreadLocalRandom.current().nextLong(LONGEST_RETRY.toMillis());
        String event = "event: end\nretry: %d\ndata: {\"reason\":\"%s\"}\n\n"
                .formatted(retry, reason.name().toLowerCase(Locale.ROOT));
        return Unpooled.copiedBuffer(event, StandardCharsets.US_ASCII);
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

    private static boolean acceptsEvents(ServerRequest request) {
        try {
            return accept(MediaType.TEXT_EVENT_STREAM).test(request);
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private static UUID id(ServerRequest request, String field) {
        String value = request.pathVariable(field);
        // UUID.fromString also takes "1-1-1-1-1".
        if (!ID.matcher(value).matches()) {
            throw Refusal.malformed(field, "The " + field + " is not a UUID.");
        }
        return UUID.fromString(value);
    }

    private static @Nullable String token(ServerRequest request) {
        String token =
                request.queryParam("session").orElseGet(() -> request.headers().firstHeader(LAST_EVENT_ID));
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

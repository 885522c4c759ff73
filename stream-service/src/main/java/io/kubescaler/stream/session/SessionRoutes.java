package io.kubescaler.stream.session;

import static org.springframework.web.reactive.function.server.RequestPredicates.accept;
import static org.springframework.web.reactive.function.server.RequestPredicates.methods;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;

import io.kubescaler.access.AccessTokenSettings;
import io.kubescaler.access.Caller;
import io.kubescaler.api.Pair;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.stream.base.Binding;
import io.kubescaler.webflux.StreamConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.NotAcceptableStatusException;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The address of a pair's stream: {@code GET} opens it, {@code DELETE} ends its session, {@code HEAD} does neither. */
@Configuration(proxyBeanMethods = false)
class SessionRoutes {

    private static final String PATH = "/stream/{userId}/{profileId}";
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final List<MediaType> EVENTS = List.of(MediaType.TEXT_EVENT_STREAM);
    private static final List<HttpMethod> METHODS = List.of(HttpMethod.DELETE, HttpMethod.GET, HttpMethod.HEAD);

    private final Admission admission;
    private final Binding binding;
    private final Sessions sessions;
    private final StreamResponses responses;
    private final Duration grace;

    SessionRoutes(
            Admission admission,
            Binding binding,
            Sessions sessions,
            StreamResponses responses,
            AccessTokenSettings accessTokens) {
        this.admission = admission;
        this.binding = binding;
        this.sessions = sessions;
        this.responses = responses;
        grace = accessTokens.grace();
    }

    /** Not an annotated controller: the objects that Spring creates to call one would live as long as the stream. */
    @Bean
    RouterFunction<ServerResponse> streams(ApplicationContext context) {
        // The management port's context finds these routes, too.
        return RouterFunctions.nest(
                request -> request.exchange().getApplicationContext() == context,
                RouterFunctions.route()
                        .GET(PATH, accept(MediaType.TEXT_EVENT_STREAM), this::open)
                        .HEAD(PATH, accept(MediaType.TEXT_EVENT_STREAM), this::check)
                        .route(
                                methods(HttpMethod.GET, HttpMethod.HEAD).and(path(PATH)),
                                request -> Mono.error(new NotAcceptableStatusException(EVENTS)))
                        .DELETE(PATH, this::close)
                        .route(
                                path(PATH),
                                request -> Mono.error(new MethodNotAllowedException(request.method(), METHODS)))
                        .build());
    }

    private Mono<ServerResponse> open(ServerRequest request) {
        Mono<Void> stream = expiry(request).flatMap(expires -> {
            Pair pair = pair(request);
            String previous = token(request);
            ServerHttpResponse response = request.exchange().getResponse();
            return Mono.using(
                    admission::enter,
                    place -> requireBound(pair, previous)
                            .flatMap(asked -> sessions.serve(
                                    pair,
                                    previous,
                                    StreamConnection.of(response),
                                    expires.orElse(null),
                                    // Meanwhile the session may have ended: then this is a new one.
                                    session -> asked || session.lease().isResumed()
                                            ? responses.write(session, pair.profile(), response)
                                            : binding.require(pair)
                                                    .then(Mono.defer(() ->
                                                            responses.write(session, pair.profile(), response))))),
                    Disposable::dispose);
        });
        // The stream writes the response itself. An EventSource comes back after every end, except after a 204.
        return stream.then(Mono.<ServerResponse>empty())
                .onErrorResume(
                        EndedException.class,
                        ended -> ServerResponse.noContent().build());
    }

    /** As {@link #open}, as far as that takes no lock: whether the pair is free shows when it is opened. */
    private Mono<ServerResponse> check(ServerRequest request) {
        return Mono.defer(() -> {
            Pair pair = pair(request);
            return requireBound(pair, token(request))
                    .then(ServerResponse.ok()
                            .contentType(MediaType.TEXT_EVENT_STREAM)
                            .build());
        });
    }

    /**
     * Asks base whether the pair is bound, but not for a session that goes on: base was asked when it began, and
     * {@link BindingWatch} asks again. So a session can be resumed while base is away. Emits whether base was asked.
     */
    private Mono<Boolean> requireBound(Pair pair, @Nullable String previous) {
        Mono<Boolean> bound = binding.require(pair).thenReturn(true);
        return previous == null ? bound : sessions.has(pair, previous).flatMap(has -> has ? Mono.just(false) : bound);
    }

    private Mono<ServerResponse> close(ServerRequest request) {
        return Mono.defer(() -> {
            Pair pair = pair(request);
            String token = token(request);
            if (token == null) {
                throw Refusal.malformed(
                        "session", "missing; send the session's token as Last-Event-ID or as ?session=");
            }
            return sessions.end(pair, token).then(ServerResponse.noContent().build());
        });
    }

    /** When the stream ends because of the caller's access token; with open access there is none. */
    private Mono<Optional<Instant>> expiry(ServerRequest request) {
        return request.principal()
                .ofType(Caller.class)
                .map(caller -> Optional.of(caller.until().plus(grace)))
                .defaultIfEmpty(Optional.empty());
    }

    private static Pair pair(ServerRequest request) {
        return new Pair(
                Refusal.requireId("userId", request.pathVariable("userId")),
                Refusal.requireId("profileId", request.pathVariable("profileId")));
    }

    private static @Nullable String token(ServerRequest request) {
        // The header first: an EventSource repeats its address, with the token that it had when it was opened.
        String header = request.headers().firstHeader(LAST_EVENT_ID);
        String token = header == null ? request.queryParam("session").orElse(null) : header;
        if (token == null || token.isEmpty()) {
            return null;
        }
        if (!TOKEN.matcher(token).matches()) {
            throw Refusal.malformed("session", "must be the token of a session");
        }
        return token;
    }
}

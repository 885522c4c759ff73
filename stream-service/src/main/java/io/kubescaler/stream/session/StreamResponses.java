package io.kubescaler.stream.session;

import io.kubescaler.redlock.Lease;
import io.kubescaler.service.lock.LockSettings;
import io.kubescaler.stream.StreamSettings;
import io.kubescaler.stream.message.Event;
import io.kubescaler.stream.message.MessageSource;
import io.kubescaler.stream.session.Session.EndReason;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Writes sessions to the responses of their clients: the headers, and the first and the last event. */
@Component
class StreamResponses {

    private static final Duration LONGEST_RETRY = Duration.ofSeconds(1);

    private final MessageSource messages;
    private final StreamSettings settings;
    private final LockSettings lock;
    private final JsonMapper json;

    StreamResponses(MessageSource messages, StreamSettings settings, LockSettings lock, JsonMapper json) {
        this.messages = messages;
        this.settings = settings;
        this.lock = lock;
        this.json = json;
    }

    /** Completes when the session has ended, or the client is gone. */
    Mono<Void> write(Session session, UUID profile, ServerHttpResponse response) {
        response.setStatusCode(HttpStatus.OK);
        HttpHeaders headers = response.getHeaders();
        headers.setContentType(MediaType.TEXT_EVENT_STREAM);
        headers.setCacheControl("no-store");
        headers.set("X-Accel-Buffering", "no");
        HttpServerResponse server = ServerHttpResponseDecorator.getNativeResponse(response);
        if (server.version().equals(HttpVersion.HTTP_1_0)) {
            session.writeWithoutChunks();
        }
        // A connection that has carried a stream may hold what its client has not read.
        headers.setConnection("close");
        return Mono.using(
                () -> messages.open(profile),
                // Only the head passes through here: the feed and the session write the events to the connection.
                feed -> feed.begun()
                        .then(Mono.defer(() -> session.lease().isValid()
                                ? response.writeAndFlushWith(nothing(response))
                                : Mono.error(Sessions.unavailable())))
                        .then(Mono.defer(() -> session.stream(first(session), feed)))
                        .flatMap(reason -> session.finish(last(reason))),
                feed -> messages.close(profile));
    }

    /** Has the head written. */
    private static Mono<Mono<DataBuffer>> nothing(ServerHttpResponse response) {
        return Mono.just(Mono.fromSupplier(() -> response.bufferFactory().wrap(new byte[0])));
    }

    private Event first(Session session) {
        Lease lease = session.lease();
        SessionBegun begun =
                new SessionBegun(settings.instance(), lease.since(), lock.ttl().toSeconds(), lease.epoch());
        return Event.session(lease.token(), json.writeValueAsBytes(begun));
    }

    private Event last(EndReason reason) {
        // Many streams may end at once. Random waits keep their clients from coming back at once.
        Duration retry = Duration.ofMillis(ThreadLocalRandom.current().nextLong(LONGEST_RETRY.toMillis()));
        return Event.end(
                retry, json.writeValueAsBytes(new SessionEnded(reason.name().toLowerCase(Locale.ROOT))));
    }

    /**
     * The data of the first event.
     *
     * @param ttl seconds for which the lock stays after the client has vanished
     * @param epoch greater than those of all earlier sessions of the pair; a client drops what comes with a lower one
     */
    private record SessionBegun(String instance, Instant since, long ttl, long epoch) {}

    /** The data of the last event. */
    private record SessionEnded(String reason) {}
}

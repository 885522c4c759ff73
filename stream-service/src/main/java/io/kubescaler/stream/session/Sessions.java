package io.kubescaler.stream.session;

import io.kubescaler.api.Metrics;
import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Attempt.Acquired;
import io.kubescaler.redlock.Attempt.Ended;
import io.kubescaler.redlock.Attempt.Held;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.redlock.LossReason;
import io.kubescaler.redlock.Release;
import io.kubescaler.redlock.Release.Anothers;
import io.kubescaler.redlock.Release.Unavailable;
import io.kubescaler.redlock.Release.Unconfirmed;
import io.kubescaler.service.lock.PairLock;
import io.kubescaler.service.web.Refusal;
import io.kubescaler.stream.session.Session.EndReason;
import io.kubescaler.webflux.StreamConnection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The sessions of this instance. It acquires, keeps and releases their locks. */
@Component
class Sessions {

    private final Map<String, Session> byToken = new ConcurrentHashMap<>();
    private final PairLock lock;
    private final LeaseKeeper keeper;
    private final Map<LossReason, Counter> lost;
    private volatile boolean draining;

    Sessions(PairLock lock, LeaseKeeper keeper, MeterRegistry metrics) {
        this.lock = lock;
        this.keeper = keeper;
        lost = Map.of(
                LossReason.EXPIRED, lost(LossReason.EXPIRED, metrics),
                LossReason.TAKEN, lost(LossReason.TAKEN, metrics));
        Gauge.builder(Metrics.CONNECTIONS, byToken, Map::size)
                .description("Streams that this instance serves now")
                .register(metrics);
    }

    private static Counter lost(LossReason reason, MeterRegistry metrics) {
        return Counter.builder(Metrics.LOCK_LOST)
                .description("Leases lost while their client was still streaming")
                .tag(Metrics.REASON, reason.name().toLowerCase(Locale.ROOT))
                .register(metrics);
    }

    /** Returns whether the session of this token has the pair, so that {@link #serve} would take it over. */
    Mono<Boolean> has(Pair pair, String token) {
        return Mono.fromCompletionStage(() -> lock.hasLock(pair, token));
    }

    /**
     * Acquires the lock of the pair and keeps it as long as the stream lasts. Fails with a {@link Refusal} if another
     * client has it, or no quorum answers; with an {@link EndedException} if the session of {@code previous} was ended.
     * If the client leaves before its session is announced, the pair is as it was before.
     *
     * @param previous the token of a session of the same client, which this one takes over and ends
     * @param expires when the session ends because of the client's access token; null for never
     * @param stream called with the session once the lock is ours
     */
    Mono<Void> serve(
            Pair pair,
            @Nullable String previous,
            StreamConnection connection,
            @Nullable Instant expires,
            Function<Session, Mono<Void>> stream) {
        return Mono.defer(() -> {
            Visit visit = new Visit(pair, connection, expires);
            CompletableFuture<Mono<Session>> session =
                    lock.acquire(pair, previous).thenApply(visit::begin).toCompletableFuture();
            return Mono.fromFuture(session, true)
                    .flatMap(Function.identity())
                    .flatMap(stream)
                    .doFinally(signal -> visit.leave());
        });
    }

    /** One request for a stream. It begins on a thread of the lock, and its client may leave on any other. */
    private final class Visit {

        private final Pair pair;
        private final StreamConnection connection;
        private final @Nullable Instant expires;
        private @Nullable Session session;
        private boolean left;

        Visit(Pair pair, StreamConnection connection, @Nullable Instant expires) {
            this.pair = pair;
            this.connection = connection;
            this.expires = expires;
        }

        synchronized Mono<Session> begin(Attempt outcome) {
            if (!(outcome instanceof Acquired acquired)) {
                return Mono.error(failure(outcome));
            }
            Lease lease = acquired.lease();
            if (left) {
                lock.undo(lease);
                return Mono.empty();
            }
            session = new Session(pair, lease, connection, expires, Sessions.this::keep);
            byToken.put(lease.token(), session);
            if (draining) {
                session.end(EndReason.DRAIN);
            }
            return Mono.just(session);
        }

        synchronized void leave() {
            left = true;
            if (session != null) {
                Lease lease = session.lease();
                byToken.remove(lease.token());
                // An announced session keeps its lock until it expires, so that the client can resume.
                session.leave(
                        () -> {
                            keeper.forget(lease);
                            lock.leave(lease);
                        },
                        () -> lock.undo(lease));
            }
        }
    }

    private static RuntimeException failure(Attempt outcome) {
        if (outcome instanceof Ended) {
            return new EndedException();
        }
        return outcome instanceof Held held ? Refusal.launchedElsewhere(held.freeIn(), held.since()) : unavailable();
    }

    private void keep(Session session) {
        // Without refreshes, the lock of a client that has vanished is free after a TTL.
        keeper.keep(session.lease(), reason -> lose(session, reason), session::isHeard);
    }

    private void lose(Session session, LossReason reason) {
        if (reason == LossReason.REVOKED) {
            session.end(EndReason.CLOSED);
        } else {
            if (reason == LossReason.TAKEN || session.isHeard()) {
                lost.get(reason).increment();
            }
            session.end(EndReason.LOST);
        }
    }

    /**
     * Ends the session with this token, whichever instance serves it, and frees its lock once its stream is over. Fails
     * with a {@link Refusal} if another session has the lock; if no quorum answers: then the session has ended if this
     * instance serves it; or if another instance does not confirm the end.
     */
    Mono<Void> end(Pair pair, String token) {
        return Mono.fromCompletionStage(() -> {
                    Session session = byToken.get(token);
                    return session != null && session.pair().equals(pair)
                            ? end(session, EndReason.CLOSED)
                            : lock.release(pair, token);
                })
                .flatMap(release -> {
                    if (release instanceof Unconfirmed unconfirmed) {
                        return Mono.error(Refusal.unconfirmed(unconfirmed.freeIn()));
                    }
                    if (release instanceof Anothers) {
                        return Mono.error(Refusal.otherSession());
                    }
                    return release instanceof Unavailable ? Mono.error(unavailable()) : Mono.empty();
                });
    }

    /**
     * Ends a session whose user is no longer bound, and frees its lock. If no quorum answers, the lock is free after a
     * TTL.
     */
    void endUnbound(Session session) {
        end(session, EndReason.UNBOUND);
    }

    private CompletionStage<Release> end(Session session, EndReason reason) {
        Lease lease = session.lease();
        keeper.forget(lease);
        // The masters first: a client that knows of the end, and comes back, must find it recorded.
        return lock.release(session.pair(), lease.token(), () -> session.end(reason));
    }

    static Refusal unavailable() {
        return Refusal.unavailable(
                ProblemType.LOCK_UNAVAILABLE, "Too few Redis masters answer to decide who has the stream.");
    }

    boolean draining() {
        return draining;
    }

    /** From now on every new session ends at once. Returns the sessions that there are. */
    List<Session> refuseMore() {
        draining = true;
        return all();
    }

    List<Session> all() {
        return List.copyOf(byToken.values());
    }
}

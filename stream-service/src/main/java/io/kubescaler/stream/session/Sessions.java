package io.kubescaler.stream.session;

import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LeaseKeeper;
import io.kubescaler.redlock.LossReason;
import io.kubescaler.stream.session.Session.EndReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The sessions of this instance, by token. */
@Component
class Sessions {

    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final LeaseKeeper keeper;
    private final Counter lost;
    private volatile boolean draining;

    Sessions(LeaseKeeper keeper, MeterRegistry metrics) {
        this.keeper = keeper;
        lost = Counter.builder("kubescaler.lock.lost")
                .description("Leases that were lost while their client still streamed")
                .register(metrics);
        Gauge.builder("kubescaler.stream.connections", sessions, Map::size)
                .description("Streams that this instance serves now")
                .register(metrics);
    }

    boolean draining() {
        return draining;
    }

    /** Begins a session on this connection and keeps its lease until it is {@link #leave left}. */
    Session begin(Lease lease, Channel channel) {
        Session session = new Session(lease, channel);
        sessions.put(lease.token(), session);
        keeper.keep(lease, reason -> {
            if (reason != LossReason.REVOKED) {
                lost.increment();
            }
            session.end(reason == LossReason.REVOKED ? EndReason.CLOSED : EndReason.LOST);
        });
        if (draining) {
            session.end(EndReason.DRAIN);
        }
        return session;
    }

    /** The client is gone, or was told to go. Its lock stays until it expires, so that it can resume. */
    void leave(Session session) {
        sessions.remove(session.lease().token());
        keeper.forget(session.lease());
    }

    /** Ends the session with this token, if this instance has it. */
    void close(String token) {
        Session session = sessions.get(token);
        if (session != null) {
            session.end(EndReason.CLOSED);
        }
    }

    /** Begins no session from now on without ending it at once; gives those that there are. */
    List<Session> refuseMore() {
        draining = true;
        return all();
    }

    List<Session> all() {
        return List.copyOf(sessions.values());
    }
}

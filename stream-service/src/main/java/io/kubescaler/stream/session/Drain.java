package io.kubescaler.stream.session;

import io.kubescaler.stream.session.Session.EndReason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Ends all streams one after the other before the process ends. Until then everything works as before: streams get
 * messages, and locks are refreshed. The management port answers, and reports that the instance is not ready.
 */
@Component
class Drain {

    private static final Logger log = LoggerFactory.getLogger(Drain.class);

    /** The longest time between the ends of two streams, however few there are. */
    private static final Duration LONGEST_PACE = Duration.ofMillis(100);

    /** Time for clients to read the last event; a client that has stopped reading never does. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(20);

    private final Sessions sessions;
    private final DrainSettings settings;

    Drain(Sessions sessions, DrainSettings settings) {
        this.sessions = sessions;
        this.settings = settings;
    }

    /** Returns when no stream is left. It runs before all other listeners of the event, because they stop things. */
    @EventListener(ContextClosedEvent.class)
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void drain() throws InterruptedException {
        if (sessions.draining()) {
            return; // The management port's context publishes its own end here, too.
        }
        TimeUnit.NANOSECONDS.sleep(settings.pause().toNanos());
        List<Session> all = sessions.refuseMore();
        log.info("Ending {} streams", all.size());
        endOneByOne(all);
        cutOffWhoStays();
    }

    private void endOneByOne(List<Session> all) throws InterruptedException {
        long pace = Math.min(LONGEST_PACE.toNanos(), settings.window().toNanos() / Math.max(1, all.size()));
        long begin = System.nanoTime();
        for (int i = 0; i < all.size(); i++) {
            TimeUnit.NANOSECONDS.sleep(begin + i * pace - System.nanoTime());
            all.get(i).end(EndReason.DRAIN);
        }
    }

    private void cutOffWhoStays() throws InterruptedException {
        long end = System.nanoTime() + GRACE.toNanos();
        while (!sessions.all().isEmpty() && System.nanoTime() < end) {
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        }
        sessions.all().forEach(Session::cutOff);
    }
}

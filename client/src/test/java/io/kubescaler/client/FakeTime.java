package io.kubescaler.client;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** Time that passes only when a test moves it. */
final class FakeTime implements Time {

    private static final Duration POLL = Duration.ofMillis(5);

    private final Queue<Alarm> alarms = new ConcurrentLinkedQueue<>();
    private volatile long now;

    /** Compared by identity, because two may have the same delay. */
    static final class Alarm {

        private final Duration delay;
        private final Runnable task;

        private Alarm(Duration delay, Runnable task) {
            this.delay = delay;
            this.task = task;
        }

        Duration delay() {
            return delay;
        }

        void ring() {
            task.run();
        }
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public Runnable after(Duration delay, Runnable task) {
        Alarm alarm = new Alarm(delay, task);
        alarms.add(alarm);
        return () -> alarms.remove(alarm);
    }

    void pass(Duration time) {
        now += time.toNanos();
    }

    /** Waits for such an alarm, and removes it. */
    Alarm take(Predicate<Duration> delay) {
        Optional<Alarm> found = await().pollInterval(POLL).until(() -> find(delay), Optional::isPresent);
        alarms.remove(found.orElseThrow());
        return found.orElseThrow();
    }

    int pending() {
        return alarms.size();
    }

    private Optional<Alarm> find(Predicate<Duration> delay) {
        return alarms.stream().filter(alarm -> delay.test(alarm.delay())).findFirst();
    }
}

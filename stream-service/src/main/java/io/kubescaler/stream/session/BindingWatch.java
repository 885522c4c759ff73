package io.kubescaler.stream.session;

import io.kubescaler.api.Pair;
import io.kubescaler.api.Pairs;
import io.kubescaler.service.lock.LockSettings;
import io.kubescaler.stream.base.Binding;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Checks with base, at least once per refresh interval, whether the pairs of all sessions are still bound, and ends the
 * sessions whose pair is not. While base fails, it ends nothing.
 */
@Component
class BindingWatch {

    private static final Logger log = LoggerFactory.getLogger(BindingWatch.class);

    /** Calls to base at a time; each checks {@link Pairs#MAX} pairs. */
    private static final int CALLS_AT_ONCE = 2;

    private final Sessions sessions;
    private final Binding binding;
    private final Duration interval;
    private final Disposable.Swap checks = Disposables.swap();

    BindingWatch(Sessions sessions, Binding binding, LockSettings lock) {
        this.sessions = sessions;
        this.binding = binding;
        interval = lock.refreshEvery();
    }

    @PostConstruct
    void start() {
        checks.update(Mono.defer(() -> Mono.delay(pause()))
                .then(Mono.defer(this::check))
                .repeat()
                .subscribe());
    }

    @PreDestroy
    void stop() {
        checks.dispose();
    }

    /** Random, because a resume asks base nothing: a client could change its instance between the checks for ever. */
    private Duration pause() {
        long longest = interval.toNanos();
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(longest / 2, longest));
    }

    private Mono<Void> check() {
        return Flux.defer(() -> Flux.fromIterable(sessions.all()))
                .filter(Session::isAnnounced)
                .buffer(Pairs.MAX)
                .flatMapDelayError(this::check, CALLS_AT_ONCE, 1)
                .then()
                .onErrorResume(failure -> {
                    log.warn("Could not check whether the pairs of all sessions are bound: {}", failure.toString());
                    return Mono.empty();
                });
    }

    private Mono<Void> check(List<Session> some) {
        List<Pair> pairs = some.stream().map(Session::pair).toList();
        return binding.unbound(pairs)
                .doOnNext(unbound -> some.stream()
                        // Not by pair: meanwhile another session of the pair may have begun, bound anew.
                        .filter(session -> unbound.contains(session.pair()))
                        .forEach(sessions::endUnbound))
                .then();
    }
}

package io.kubescaler.redlock;

import io.kubescaler.redlock.LockNode.ExtendReply;
import io.kubescaler.redlock.Poll.Answers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps leases: extends each once per refresh interval, many in one call. It ends and reports a lost lease before its
 * keys can expire.
 *
 * <p>The interval is cut into slots. A lease gets a random slot when it is first kept, so leases that begin together
 * are spread over the whole interval.
 */
public final class LeaseKeeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

    /** With 10,000 leases, each slot needs about one call of {@link LockNode#MAX_CLAIMS}. */
    private static final int SLOTS = 50;

    /**
     * After a refresh without a quorum, or without a holder: soon enough for several more tries, late enough not to
     * flood the nodes.
     */
    private static final int SLOTS_BEFORE_RETRY = SLOTS / 10;

    /**
     * The first refresh takes the lock for good from those that the lease has displaced. Not before it can be noticed
     * that the holder had vanished before it knew of its lease, because then it has only what was displaced.
     */
    private static final int SLOTS_BEFORE_DISPLACING = 3 * SLOTS / 10;

    /** A takeover is announced again, in growing pauses: another instance may not listen at that moment. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

    /** Exclusive. So the last time is 1.75 s after the first. */
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);

    private final RedLock lock;
    private final Timing timing;
    private final RefreshListener listener;
    private final Duration slot;
    private final Duration fence;

    /** By owner, so those of one session are neighbours. */
    private final NavigableMap<String, Kept> kept = new ConcurrentSkipListMap<>();

    private volatile long now;
    private volatile boolean closed;

    /** Is called after every refresh of a batch of leases. */
    @FunctionalInterface
    public interface RefreshListener {

        /**
         * @param leases how many leases the batch had, at most {@link LockNode#MAX_CLAIMS}
         * @param took until all nodes had answered, failed or timed out
         */
        void refreshed(int leases, Duration took);
    }

    public LeaseKeeper(RedLock lock, RefreshListener listener) {
        this.lock = lock;
        this.timing = lock.timing();
        this.listener = listener;
        this.slot = lock.settings().refreshEvery().dividedBy(SLOTS);
        this.fence = lock.settings().nodeTimeout();
        timing.schedule(slot, this::tick);
        lock.join();
        lock.onRevoked(this::revoked);
    }

    /**
     * Keeps the lease until it is forgotten or lost. If it is resumed, all other streams of its session end now, on all
     * instances, and this one if it was taken over meanwhile; until now {@link RedLock#undo} gives the lock back.
     *
     * @param onLoss called once if the lease is lost, after it has ended, on a thread that must not be blocked
     */
    public void keep(Lease lease, Consumer<LossReason> onLoss) {
        keep(lease, onLoss, () -> true);
    }

    /**
     * Keeps the lease like the other method, as long as its holder is there.
     *
     * @param present whether the holder is there; while it is not, the lease is not refreshed. Called before each
     *     refresh, on a thread that must not be blocked
     */
    public void keep(Lease lease, Consumer<LossReason> onLoss, BooleanSupplier present) {
        int first = lease.isResumed() ? SLOTS_BEFORE_DISPLACING : 0;
        Kept added = new Kept(lease, onLoss, present, now + 1 + lock.random().nextInt(first, SLOTS));
        kept.put(lease.owner(), added);
        added.guard();
        if (lease.isResumed()) {
            added.announce(FIRST_PAUSE);
            added.revoked();
        }
    }

    /** Ends the lease and stops keeping it. Nothing is sent to the nodes: they forget it when it expires. */
    public void forget(Lease lease) {
        Kept removed = kept.remove(lease.owner());
        if (removed != null) {
            removed.stop();
        }
        lease.end();
    }

    public int kept() {
        return kept.size();
    }

    /** Ends and forgets all leases, without calling their listeners. */
    @Override
    public void close() {
        closed = true;
        kept.values().forEach(each -> forget(each.lease));
    }

    private void tick() {
        if (closed) {
            return;
        }
        // Not at a fixed rate: a process that was stopped must not catch up on all missed ticks at once.
        timing.schedule(slot, this::tick);
        now++;
        List<Kept> due = new ArrayList<>();
        for (Kept each : kept.values()) {
            if (each.due > now) {
                continue;
            }
            if (each.present.getAsBoolean()) {
                each.due = now + SLOTS;
                due.add(each);
            } else {
                each.due = now + SLOTS_BEFORE_RETRY;
            }
        }
        for (int from = 0; from < due.size(); from += LockNode.MAX_CLAIMS) {
            refresh(due.subList(from, Math.min(from + LockNode.MAX_CLAIMS, due.size())));
        }
    }

    private void refresh(List<Kept> batch) {
        long start = timing.nanoTime();
        List<Claim> claims = batch.stream().map(Kept::claim).toList();
        lock.ask(node -> node.extend(claims, lock.settings().ttl()), Poll::all).thenAccept(answers -> {
            for (int i = 0; i < batch.size(); i++) {
                try {
                    batch.get(i).refreshed(answers, i);
                } catch (RuntimeException failure) {
                    log.error("The refresh of the {} failed; the others are not affected", batch.get(i).lease, failure);
                }
            }
            listener.refreshed(batch.size(), Duration.ofNanos(timing.nanoTime() - start));
        });
    }

    private void revoked(String sessionOrOwner) {
        String session = LockNode.session(sessionOrOwner);
        kept.subMap(session, session + Character.MAX_VALUE).forEach((owner, each) -> {
            if (!owner.equals(sessionOrOwner)) {
                each.revoked();
            }
        });
    }

    private final class Kept {

        private final Lease lease;
        private final Consumer<LossReason> onLoss;
        private final BooleanSupplier present;
        private final AtomicInteger timesRevoked = new AtomicInteger();
        private volatile long due;
        private Timing.@Nullable Cancellable guard;

        Kept(Lease lease, Consumer<LossReason> onLoss, BooleanSupplier present, long due) {
            this.lease = lease;
            this.onLoss = onLoss;
            this.present = present;
            this.due = due;
        }

        Claim claim() {
            return new Claim(lease.resource(), lease.owner(), lease.since());
        }

        private boolean isKept() {
            return kept.get(lease.owner()) == this;
        }

        /** Waits until it is too late for another answer; an extension moves that moment. */
        void guard() {
            if (isKept() && !waitsFor(lease.remaining().minus(fence))) {
                lose(LossReason.EXPIRED);
            }
        }

        private synchronized boolean waitsFor(Duration left) {
            stop();
            if (left.isNegative() || left.isZero()) {
                return false;
            }
            guard = timing.schedule(left, this::guard);
            return true;
        }

        synchronized void stop() {
            if (guard != null) {
                guard.cancel();
            }
        }

        void announce(Duration pause) {
            if (isKept()) {
                lock.revoke(lease.owner());
                if (pause.compareTo(LAST_PAUSE) < 0) {
                    timing.schedule(pause, () -> announce(pause.multipliedBy(2)));
                }
            }
        }

        /** The session may be over, or another stream has it. So all nodes are asked, about one message at a time. */
        void revoked() {
            if (timesRevoked.getAndIncrement() == 0) {
                verify();
            }
        }

        private void verify() {
            int times = timesRevoked.get();
            List<Claim> claims = List.of(claim());
            lock.ask(
                            node -> node.extend(claims, Duration.ZERO),
                            answers -> isOver(answers) ? answers : Poll.all(answers))
                    .thenAccept(answers -> {
                        if (isOver(answers)) {
                            lose(LossReason.REVOKED);
                        } else if (isKept() && !(goesOn(answers) && timesRevoked.compareAndSet(times, 0))) {
                            timing.schedule(slot, this::verify);
                        }
                    });
        }

        private boolean isOver(Answers<List<ExtendReply>> answers) {
            int over = count(answers, 0, ExtendReply.DISPLACED)
                    + count(answers, 0, ExtendReply.ANOTHERS)
                    + count(answers, 0, ExtendReply.ENDED);
            return over >= lock.quorum();
        }

        private boolean goesOn(Answers<List<ExtendReply>> answers) {
            return count(answers, 0, ExtendReply.EXTENDED) >= lock.quorum();
        }

        void refreshed(Answers<List<ExtendReply>> answers, int index) {
            int recreated = count(answers, index, ExtendReply.RECREATED);
            int yes = count(answers, index, ExtendReply.EXTENDED) + recreated;
            int anothers = count(answers, index, ExtendReply.ANOTHERS);
            int ended = count(answers, index, ExtendReply.ENDED);
            boolean admitted = lock.isAdmitted();
            if (anothers >= lock.quorum()) {
                lose(LossReason.TAKEN);
            } else if (ended >= lock.quorum()) {
                lose(LossReason.REVOKED);
            } else if (recreated >= lock.quorum()) {
                // The lock was released meanwhile, or the nodes lost their data: another may have had the lock since.
                lose(LossReason.EXPIRED);
            } else {
                lease.confirm(confirmed -> update(confirmed, answers, index, admitted));
            }
            if (!isKept()) {
                if (recreated > 0) {
                    // Not on the others: they know a token that may come back.
                    lock.undo(lease, node -> reply(answers, node, index) == ExtendReply.RECREATED);
                }
                return;
            }
            if (anothers > 0) {
                guard();
            }
            if (!admitted || yes < lock.quorum()) {
                due = now + SLOTS_BEFORE_RETRY;
            }
        }

        private static @Nullable ExtendReply reply(Answers<List<ExtendReply>> answers, int node, int index) {
            List<ExtendReply> replies = answers.reply(node);
            return replies == null ? null : replies.get(index);
        }

        private static int count(Answers<List<ExtendReply>> answers, int index, ExtendReply counted) {
            return answers.count(replies -> replies.get(index) == counted);
        }

        private static void update(
                @Nullable Long[] confirmed, Answers<List<ExtendReply>> answers, int index, boolean admitted) {
            for (int node = 0; node < confirmed.length; node++) {
                ExtendReply reply = reply(answers, node, index);
                if (reply == null) {
                    continue;
                }
                switch (reply) {
                    case ANOTHERS -> confirmed[node] = null;
                    case DISPLACED, ENDED -> {} // as if it had not answered: no quorum has agreed to that
                    case EXTENDED, RECREATED -> {
                        if (!admitted) {
                            continue; // the lease ends, before the masters admit a list that is too different
                        }
                        Long known = confirmed[node];
                        long sent = answers.sent(node);
                        // Answers of two refreshes may come in any order.
                        confirmed[node] = known == null || sent - known > 0 ? Long.valueOf(sent) : known;
                    }
                }
            }
        }

        void lose(LossReason reason) {
            lease.end();
            if (!kept.remove(lease.owner(), this)) {
                return;
            }
            stop();
            try {
                onLoss.accept(reason);
            } catch (RuntimeException | Error failure) {
                log.error("The listener of the {} failed after the loss ({})", lease, reason, failure);
            }
        }
    }
}

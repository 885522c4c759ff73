package io.kubescaler.redlock;

import io.kubescaler.redlock.LockNode.Entry;
import io.kubescaler.redlock.LockNode.JoinReply;
import io.kubescaler.redlock.Poll.Answers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an instance may take locks by its list of masters. Quorums of two lists always meet if the lists differ by
 * one master at most. So each master remembers the lists in use, and rejects a list that differs from them by more.
 *
 * <p>An admission is a lease that the masters give to a list. It begins when all masters have entered the list, or when
 * a quorum has that remembers it. Each refresh extends it. The masters remember an entry for two TTLs: for one the
 * instance counts on it, and for another a lock may last that the instance took at the end of the first.
 */
final class Membership {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    /** How long all instances may be down and start again without one of their masters. */
    private static final Duration MEMORY = Duration.ofDays(1);

    /** What the lease of an admission is of. */
    private static final Resource LIST = new Resource("masters", "masters:used");

    private static final CompletionStage<Void> NOW = CompletableFuture.completedStage(null);

    private final RedLock lock;
    private final Timing timing;
    private final String list;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicReference<@Nullable CompletableFuture<Void>> attempt = new AtomicReference<>();
    private volatile @Nullable Lease admission;

    /** Why the latest attempt failed; null if it did not, or if there was none since the admission ended. */
    private volatile @Nullable String refusal;

    Membership(RedLock lock, List<LockNode> nodes) {
        this.lock = lock;
        this.timing = lock.timing();
        this.list = nodes.stream().map(LockNode::name).sorted().collect(Collectors.joining(","));
    }

    boolean isAdmitted() {
        Lease current = admission;
        return current != null && current.isValid();
    }

    /** Why the instance is not admitted, for an operator; null if it is, or if it has not tried. */
    @Nullable
    String refusal() {
        return isAdmitted() ? null : refusal;
    }

    /** Tries to be admitted, and to remain so, from now on. */
    void start() {
        if (started.compareAndSet(false, true)) {
            tick();
        }
    }

    /** Completes when the instance is admitted, or an attempt has failed: after two node timeouts at most. */
    CompletionStage<Void> settled() {
        if (isAdmitted()) {
            return NOW;
        }
        start();
        return isAdmitted() || refusal != null ? NOW : attempt();
    }

    private void tick() {
        Lease current = admission;
        CompletionStage<Boolean> refreshed =
                current != null && current.isValid() ? use(current) : attempt().thenApply(done -> isAdmitted());
        refreshed.whenComplete((good, failure) -> {
            Duration every = lock.settings().refreshEvery();
            // Instances that hinder each other must not try again in the same moment.
            Duration soon = every.dividedBy(10 + lock.random().nextInt(10));
            timing.schedule(Boolean.TRUE.equals(good) ? every : soon, this::tick);
        });
    }

    private CompletableFuture<Void> attempt() {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = attempt.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        // An instance that is rejected anywhere must leave no entry that would hinder others. So it looks first.
        ask(Entry.NONE)
                .thenCompose(seen -> {
                    String objection = objection(seen);
                    return objection == null
                            ? ask(Entry.NEW).thenApply(this::admit)
                            : CompletableFuture.completedStage(objection);
                })
                .exceptionally(Throwable::toString)
                .thenAccept(objection -> {
                    settle(objection);
                    attempt.set(null);
                    mine.complete(null);
                });
        return mine;
    }

    /** Begins an admission, or returns what stands against it. */
    private @Nullable String admit(Answers<JoinReply> entered) {
        String objection = objection(entered);
        if (objection == null) {
            @Nullable Long[] sent = new @Nullable Long[lock.nodes()];
            update(sent, entered);
            Lease begun = new Lease(
                    LIST,
                    list,
                    list,
                    timing.now(),
                    false,
                    0,
                    sent,
                    timing,
                    lock.quorum(),
                    lock.settings().usable());
            admission = begun;
            use(begun);
        }
        return objection;
    }

    private void settle(@Nullable String objection) {
        String before = refusal;
        refusal = objection;
        if (objection != null && !objection.equals(before)) {
            log.warn("This instance takes no locks: {}", objection);
        } else if (objection == null && before != null) {
            log.info("This instance takes locks with the masters {}", words(list));
        }
    }

    /** Extends the admission. The stage has whether a quorum agreed. */
    private CompletionStage<Boolean> use(Lease current) {
        return ask(Entry.USED).thenApply(answers -> {
            current.confirm(confirmed -> update(confirmed, answers));
            return answers.count(Membership::isEntered) >= lock.quorum();
        });
    }

    private static void update(@Nullable Long[] confirmed, Answers<JoinReply> answers) {
        for (int node = 0; node < confirmed.length; node++) {
            JoinReply reply = answers.reply(node);
            Long known = confirmed[node];
            long sent = answers.sent(node);
            if (reply != null && isEntered(reply) && (known == null || sent - known > 0)) {
                confirmed[node] = sent;
            }
        }
    }

    private @Nullable String objection(Answers<JoinReply> answers) {
        Set<String> conflicting = conflicting(answers);
        if (!conflicting.isEmpty()) {
            return "other instances use the masters "
                    + conflicting.stream().map(Membership::words).collect(Collectors.joining(" and "))
                    + "; this one has " + words(list) + ", and two lists may differ by one master only"
                    + " (docs/operations.md, \"Adding and removing masters\")";
        }
        if (isKnown(answers) || answers.answered() == lock.nodes()) {
            return null;
        }
        return answers.answered() < lock.quorum()
                ? answers.failures()
                : "this list of masters was not in use before, so all of them have to answer once; "
                        + answers.failures();
    }

    private CompletionStage<Answers<JoinReply>> ask(Entry entry) {
        Duration ttl = lock.settings().ttl().multipliedBy(2);
        return lock.ask(
                node -> node.join(list, entry, ttl, MEMORY),
                answers -> answers.outstanding() == 0 || entry != Entry.USED && isDecided(answers) ? answers : null);
    }

    private boolean isDecided(Answers<JoinReply> answers) {
        return isKnown(answers) || !conflicting(answers).isEmpty();
    }

    private boolean isKnown(Answers<JoinReply> answers) {
        return answers.count(JoinReply::known) >= lock.quorum();
    }

    private static boolean isEntered(JoinReply reply) {
        return reply.conflicting().isEmpty();
    }

    private static String words(String list) {
        return list.replace(",", ", ");
    }

    private static Set<String> conflicting(Answers<JoinReply> answers) {
        return answers.replies()
                .flatMap(reply -> reply.conflicting().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

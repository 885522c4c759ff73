package io.kubescaler.redlock;

import io.kubescaler.redlock.LockNode.AcquireReply;
import io.kubescaler.redlock.LockNode.ExtendReply;
import io.kubescaler.redlock.LockNode.ReleaseReply;
import io.kubescaler.redlock.Poll.Answers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A lock over N independent Redis masters, after "Distributed Locks with Redis" (redis.io). It is ours when a quorum of
 * N/2+1 masters grants it. Each request goes to all nodes at once, and waits for none longer than the node timeout.
 * Nothing blocks. Stages complete on a thread of a node or of the timing, which must not be blocked either.
 */
public final class RedLock {

    /** Random bytes of a token: the first half is the same for all tokens of a session. */
    private static final int TOKEN_BYTES = 32;

    private static final int HEX_OF_HALF = TOKEN_BYTES;

    /** Within this time an instance closes the connection of a session that was ended, whatever its client does. */
    private static final Duration CONFIRMED_WITHIN = Duration.ofSeconds(2);

    private static final Duration FIRST_LOOK = Duration.ofMillis(10);

    /** Longer than the clocks of instances differ, which decide the next epoch after this time. */
    private static final Duration EPOCH_KEPT = Duration.ofMinutes(10);

    private final List<LockNode> nodes;
    private final RedLockSettings settings;
    private final Timing timing;
    private final RandomGenerator random;
    private final Membership membership;

    public RedLock(List<LockNode> nodes, RedLockSettings settings, Timing timing) {
        this(nodes, settings, timing, new SecureRandom());
    }

    /** @param listener called after every call to a node */
    public RedLock(List<? extends LockNode> nodes, RedLockSettings settings, Timing timing, NodeListener listener) {
        this(
                nodes.stream()
                        .<LockNode>map(node -> new ObservedLockNode(node, listener, timing))
                        .toList(),
                settings,
                timing);
    }

    RedLock(List<LockNode> nodes, RedLockSettings settings, Timing timing, RandomGenerator random) {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("A lock needs at least one Redis node");
        }
        this.nodes = List.copyOf(nodes);
        this.settings = settings;
        this.timing = timing;
        this.random = random;
        this.membership = new Membership(this, this.nodes);
    }

    /** The same lock, and a listener to the calls that are made through this view of it. */
    private RedLock(RedLock lock, NodeListener listener) {
        nodes = lock.nodes.stream()
                .<LockNode>map(node -> new ObservedLockNode(node, listener, lock.timing))
                .toList();
        settings = lock.settings;
        timing = lock.timing;
        random = lock.random;
        membership = lock.membership;
    }

    /** Returns a view of this lock whose calls to nodes a listener gets, too: for instance those that one request causes. */
    public RedLock observed(NodeListener listener) {
        return new RedLock(this, listener);
    }

    public int nodes() {
        return nodes.size();
    }

    /** How many nodes have to agree. */
    public int quorum() {
        return nodes.size() / 2 + 1;
    }

    /**
     * Tries to take the lock under a new token. The first call also makes the masters admit this list of masters; a
     * list that differs by more than one master from another in use is not admitted, and takes no locks.
     *
     * @param previous the token of a session of the same client, which this one takes over, or null; without effect if
     *     that token does not hold the lock
     * @return if {@link Attempt.Acquired}, give its lease to a {@link LeaseKeeper}, or {@link #undo} it
     */
    public CompletionStage<Attempt> acquire(Resource resource, @Nullable String previous) {
        return membership
                .settled()
                .thenCompose(settled -> acquire(resource, previous, timing.now(), settings.retries()));
    }

    private CompletionStage<Attempt> acquire(
            Resource resource, @Nullable String previous, Instant since, int retriesLeft) {
        if (!isAdmitted()) {
            return CompletableFuture.completedStage(notAdmitted());
        }
        return new Round(resource, previous, since).vote().thenCompose(outcome -> {
            if (!outcome.split() || retriesLeft == 0) {
                return CompletableFuture.completedStage(outcome.attempt());
            }
            return after(randomDelay()).thenCompose(ignored -> acquire(resource, previous, since, retriesLeft - 1));
        });
    }

    /**
     * Returns whether a quorum of the nodes knows that the session of this token has the lock, so that {@link #acquire}
     * with it would resume that session. Changes nothing on the nodes.
     */
    public CompletionStage<Boolean> hasLock(Resource resource, String token) {
        List<Claim> claims = List.of(new Claim(resource, owner(token), timing.now()));
        return ask(node -> node.extend(claims, Duration.ZERO), answers -> {
            // A session that was displaced may get its lock back, because the client of the later one may not know
            // that.
            int has = answers.count(
                    replies -> replies.get(0) == ExtendReply.EXTENDED || replies.get(0) == ExtendReply.DISPLACED);
            return has >= quorum() ? Boolean.TRUE : has + answers.outstanding() < quorum() ? Boolean.FALSE : null;
        });
    }

    /** Whether the masters admit this instance's list of masters now. */
    boolean isAdmitted() {
        return membership.isAdmitted();
    }

    /** Tries to be admitted, and to remain so, from now on. */
    void join() {
        membership.start();
    }

    /**
     * Returns why this instance takes no locks, for an operator: other instances use another list of masters, or too few
     * masters answer. Null if it takes locks, or if it has not tried.
     */
    public @Nullable String refusal() {
        return membership.refusal();
    }

    private Attempt notAdmitted() {
        String refusal = refusal();
        return new Attempt.Unavailable(
                refusal == null ? "the admission of this instance's list of masters has ended" : refusal);
    }

    /**
     * Undoes an acquisition, for a lease that was never kept: a session that it has taken over has its lock again, and a
     * free resource is free again. Nodes that do not answer are asked again until they have forgotten the lease.
     */
    public void undo(Lease lease) {
        lease.end();
        undo(nodes, lease.resource(), lease.owner());
    }

    /** Undoes what these nodes, by their index, have recreated of the lease. */
    void undo(Lease lease, IntPredicate recreated) {
        List<LockNode> asked = IntStream.range(0, nodes.size())
                .filter(recreated)
                .mapToObj(nodes::get)
                .toList();
        undo(asked, lease.resource(), lease.owner());
    }

    private void undo(List<LockNode> asked, Resource resource, String owner) {
        undo(asked, resource, owner, timing.nanoTime() + settings.ttl().toNanos());
    }

    private void undo(List<LockNode> asked, Resource resource, String owner, long forgotten) {
        Poll.take(
                        asked,
                        timing,
                        settings.nodeTimeout(),
                        node -> node.undo(resource, owner).thenApply(done -> true),
                        Poll::all)
                .thenAccept(answers -> {
                    List<LockNode> silent = IntStream.range(0, asked.size())
                            .filter(node -> answers.reply(node) == null)
                            .mapToObj(asked::get)
                            .toList();
                    if (!silent.isEmpty() && timing.nanoTime() - forgotten < 0) {
                        timing.schedule(settings.nodeTimeout(), () -> undo(silent, resource, owner, forgotten));
                    }
                });
    }

    /**
     * Records that the stream of this lease is over, best effort. Its token may come back until the lock expires; a {@link
     * #release} frees the lock at once.
     */
    public void leave(Lease lease) {
        lease.end();
        nodes.forEach(node -> node.leave(lease.resource(), lease.owner()));
    }

    /** Frees the lock of a lease whose use is over. */
    public CompletionStage<Release> release(Lease lease) {
        leave(lease);
        return release(lease.resource(), lease.token());
    }

    /**
     * Ends the session of this token for good, if it has the lock: on whichever instance keeps its lease, that one loses it.
     * For a TTL, no token of the session acquires any more: {@link Attempt.Ended}. The lock is free when all instances that
     * may stream for the session have called {@link #leave}, or their leases have expired. The stage waits for that.
     */
    public CompletionStage<Release> release(Resource resource, String token) {
        return release(resource, token, () -> {});
    }

    /**
     * As {@link #release(Resource, String)}, for the instance that streams for the session.
     *
     * @param recorded called when a quorum has recorded the end, or has not answered within the node timeout: a client that
     *     hears of the end from then on, and comes back with its token, finds it recorded
     */
    public CompletionStage<Release> release(Resource resource, String token, Runnable recorded) {
        String owner = owner(token);
        return askToRelease(resource, owner, this::released)
                .whenComplete((release, failure) -> recorded.run())
                .thenCompose(release ->
                        freed(release, resource, owner, timing.nanoTime() + CONFIRMED_WITHIN.toNanos(), FIRST_LOOK));
    }

    /** Ends the streams of an ended session, until a quorum has freed the lock. */
    private CompletionStage<Release> freed(Release release, Resource resource, String owner, long end, Duration pause) {
        if (!(release instanceof Release.Unconfirmed) || timing.nanoTime() - end > 0) {
            return CompletableFuture.completedStage(release);
        }
        revoke(LockNode.session(owner));
        return after(pause)
                .thenCompose(ignored -> askToRelease(resource, owner, this::freed))
                .thenCompose(next -> freed(next, resource, owner, end, pause.multipliedBy(2)));
    }

    private CompletionStage<Release> askToRelease(
            Resource resource, String owner, Function<Answers<ReleaseReply>, @Nullable Release> verdict) {
        return ask(node -> node.release(resource, owner, settings.ttl()), verdict);
    }

    private static Release unconfirmed(Answers<ReleaseReply> answers) {
        return new Release.Unconfirmed(answers.replies()
                .filter(ReleaseReply.Ending.class::isInstance)
                .map(ReleaseReply.Ending.class::cast)
                .map(ReleaseReply.Ending::atMost)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO));
    }

    private CompletionStage<Void> after(Duration pause) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        timing.schedule(pause, () -> over.complete(null));
        return over;
    }

    /** Best effort. */
    void revoke(String sessionOrOwner) {
        nodes.forEach(node -> node.revoke(sessionOrOwner));
    }

    private @Nullable Release released(Answers<ReleaseReply> answers) {
        int released = answers.count(ReleaseReply.Released.class::isInstance);
        int ending = answers.count(ReleaseReply.Ending.class::isInstance);
        if (released >= quorum()) {
            return new Release.Released();
        }
        if (released + ending >= quorum()) {
            return unconfirmed(answers);
        }
        if (answers.outstanding() > 0) {
            return null;
        }
        if (answers.hopeless(quorum())) {
            return new Release.Unavailable();
        }
        int anothers = answers.count(ReleaseReply.Anothers.class::isInstance);
        if (anothers < quorum() && released + ending > 0) {
            return ending > 0 ? unconfirmed(answers) : new Release.Released();
        }
        return anothers > 0 ? new Release.Anothers() : new Release.Missing();
    }

    /** Of a session that a quorum has ended: by now, another may have the lock. */
    private @Nullable Release freed(Answers<ReleaseReply> answers) {
        if (answers.count(reply -> !(reply instanceof ReleaseReply.Ending)) >= quorum()) {
            return new Release.Released();
        }
        return answers.outstanding() > 0 ? null : unconfirmed(answers);
    }

    /**
     * Returns which of the resources are launched, and since when. A resource is launched if a quorum of the nodes
     * holds its launched key. Fails with {@link QuorumUnavailableException} if no quorum answers.
     */
    public CompletionStage<Map<Resource, Instant>> launched(Collection<Resource> resources) {
        List<Resource> asked = List.copyOf(resources);
        if (asked.isEmpty()) {
            return CompletableFuture.completedStage(Map.of());
        }
        return ask(node -> node.launched(asked), answers -> isDecided(asked, answers) ? answers : null)
                .thenApply(answers -> {
                    if (answers.answered() < quorum()) {
                        throw new QuorumUnavailableException(answers.failures());
                    }
                    Map<Resource, Instant> launched = new LinkedHashMap<>();
                    for (int i = 0; i < asked.size(); i++) {
                        List<Instant> since = since(answers, i);
                        if (since.size() >= quorum()) {
                            launched.put(asked.get(i), since.get(0));
                        }
                    }
                    return launched;
                });
    }

    /** Whether the outstanding answers cannot change the result. */
    private boolean isDecided(List<Resource> asked, Answers<List<@Nullable Instant>> answers) {
        if (answers.answered() < quorum()) {
            return answers.hopeless(quorum());
        }
        return IntStream.range(0, asked.size())
                .map(i -> since(answers, i).size())
                .allMatch(known -> known >= quorum() || known + answers.outstanding() < quorum());
    }

    /** The nodes' answers for the resource at the index, the oldest first. */
    private static List<Instant> since(Answers<List<@Nullable Instant>> answers, int index) {
        return answers.replies()
                .map(reply -> reply.get(index))
                .filter(Objects::nonNull)
                .sorted()
                .toList();
    }

    /** Pings all nodes, and returns how many answered within the node timeout. */
    public CompletionStage<Integer> ping() {
        return ask(node -> node.ping().thenApply(ignored -> true), Poll::all).thenApply(Answers::answered);
    }

    <T, R> CompletionStage<R> ask(
            Function<LockNode, CompletionStage<T>> question, Function<Answers<T>, @Nullable R> verdict) {
        return Poll.take(nodes, timing, settings.nodeTimeout(), question, verdict);
    }

    void onRevoked(Consumer<String> listener) {
        nodes.forEach(node -> node.onRevoked(listener));
    }

    RedLockSettings settings() {
        return settings;
    }

    Timing timing() {
        return timing;
    }

    RandomGenerator random() {
        return random;
    }

    /** @param previous the token that the client comes back with, or null for a new session */
    private String newToken(@Nullable String previous) {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        return previous == null || previous.length() < HEX_OF_HALF
                ? token
                : session(previous) + token.substring(HEX_OF_HALF);
    }

    private static String session(String token) {
        return token.substring(0, Math.min(HEX_OF_HALF, token.length()));
    }

    /** What the nodes know of a token: a hash of its session, and one of itself. */
    static String owner(String token) {
        return hash(session(token)) + hash(token);
    }

    private static String hash(String secret) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, LockNode.SESSION);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    private Duration randomDelay() {
        return Duration.ofNanos(random.nextLong(settings.retryDelay().toNanos() + 1));
    }

    /** One vote of all nodes under a token of its own: an undo that arrives late must not touch a later vote. */
    private final class Round {

        private final Resource resource;
        private final @Nullable String previousOwner;
        private final Instant since;
        private final String token;
        private final String owner;
        private final Set<LockNode> refusing = ConcurrentHashMap.newKeySet();
        private volatile boolean undone;

        Round(Resource resource, @Nullable String previous, Instant since) {
            this.resource = resource;
            this.previousOwner = previous == null ? null : owner(previous);
            this.since = since;
            this.token = newToken(previous);
            this.owner = owner(token);
        }

        CompletionStage<Outcome> vote() {
            return ask(this::askOne, this::outcome).thenCompose(this::numbered).thenApply(outcome -> {
                if (!(outcome.attempt() instanceof Attempt.Acquired)) {
                    undone = true;
                    List<LockNode> perhapsTaken = nodes.stream()
                            .filter(node -> !refusing.contains(node))
                            .toList();
                    undo(perhapsTaken, resource, owner);
                }
                return outcome;
            });
        }

        /**
         * Has a quorum record the epoch of the lease. Each later acquisition reads it from one of them at least, or has
         * displaced this one there.
         */
        private CompletionStage<Outcome> numbered(Outcome outcome) {
            if (!(outcome.attempt() instanceof Attempt.Acquired acquired)) {
                return CompletableFuture.completedStage(outcome);
            }
            Lease lease = acquired.lease();
            return ask(node -> node.recordEpoch(resource, owner, lease.epoch(), EPOCH_KEPT), answers -> {
                if (answers.hopeless(quorum())) {
                    return new Outcome(new Attempt.Unavailable(answers.failures()), false);
                }
                int recorded = answers.count(Boolean::booleanValue);
                if (recorded < quorum()) {
                    return recorded + answers.outstanding() < quorum()
                            ? new Outcome(new Attempt.Unavailable("another acquisition came in between"), true)
                            : null;
                }
                if (!isAdmitted()) {
                    return new Outcome(notAdmitted(), false);
                }
                // Every answer came within the node timeout. If less is left, this process was stopped meanwhile.
                return lease.remaining().compareTo(settings.ttl().dividedBy(2)) > 0
                        ? outcome
                        : new Outcome(new Attempt.Unavailable("the nodes granted the lock, but too late"), false);
            });
        }

        private CompletionStage<AcquireReply> askOne(LockNode node) {
            return node.acquire(resource, owner, previousOwner, settings.ttl(), since)
                    .thenApply(reply -> {
                        if (!(reply instanceof AcquireReply.Taken)) {
                            refusing.add(node);
                        } else if (undone) {
                            // The node may have executed the undo before the acquisition, so it needs another undo.
                            node.undo(resource, owner);
                        }
                        return reply;
                    });
        }

        private @Nullable Outcome outcome(Answers<AcquireReply> answers) {
            int taken = answers.count(AcquireReply.Taken.class::isInstance);
            if (taken >= quorum()) {
                return new Outcome(taken(answers), false);
            }
            int ended = answers.count(AcquireReply.Ended.class::isInstance);
            int held = answers.count(AcquireReply.Held.class::isInstance);
            // No single node decides that. If a quorum has ended the session, no quorum can grant it.
            if (ended > 0 && ended + held >= quorum()) {
                return new Outcome(new Attempt.Ended(), false);
            }
            if (ended > 0 && answers.outstanding() == 0) {
                return new Outcome(
                        new Attempt.Unavailable(
                                "too few nodes know whether the session was ended; " + answers.failures()),
                        false);
            }
            if (answers.hopeless(quorum())) {
                return new Outcome(new Attempt.Unavailable(answers.failures()), false);
            }
            Map<String, Long> holders = answers.replies()
                    .filter(AcquireReply.Held.class::isInstance)
                    .map(reply -> ((AcquireReply.Held) reply).holder())
                    .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
            if (holders.values().stream().anyMatch(count -> count >= quorum())) {
                return new Outcome(held(answers), false);
            }
            if (answers.outstanding() > 0) {
                return null;
            }
            boolean someAreSilent = answers.answered() < nodes.size();
            return new Outcome(
                    someAreSilent
                            ? new Attempt.Unavailable("no token has a quorum; " + answers.failures())
                            : held(answers),
                    true);
        }

        private Attempt taken(Answers<AcquireReply> answers) {
            @Nullable Long[] sent = new @Nullable Long[nodes.size()];
            Instant effectiveSince = since;
            boolean resumed = false;
            // The clock, too: nodes forget.
            long epoch = timing.now().toEpochMilli();
            for (int node = 0; node < sent.length; node++) {
                if (answers.reply(node) instanceof AcquireReply.Taken taken) {
                    sent[node] = answers.sent(node);
                    epoch = Math.max(epoch, taken.epoch() + 1);
                    effectiveSince = taken.since().isBefore(effectiveSince) ? taken.since() : effectiveSince;
                    resumed |= taken.resumed();
                }
            }
            return new Attempt.Acquired(new Lease(
                    resource, token, owner, effectiveSince, resumed, epoch, sent, timing, quorum(), settings.usable()));
        }

        private Attempt held(Answers<AcquireReply> answers) {
            // Nodes that granted the lock are free after the undo; silent nodes do not count.
            List<Duration> freeIn = answers.replies()
                    .map(reply -> reply instanceof AcquireReply.Held held ? held.remaining() : Duration.ZERO)
                    .sorted()
                    .toList();
            Instant heldSince = answers.replies()
                    .filter(AcquireReply.Held.class::isInstance)
                    .map(reply -> ((AcquireReply.Held) reply).since())
                    .min(Comparator.naturalOrder())
                    .orElse(since);
            return new Attempt.Held(freeIn.get(quorum() - 1), heldSince);
        }
    }

    /** @param split whether no token has a quorum, so that a retry may help */
    private record Outcome(Attempt attempt, boolean split) {}
}

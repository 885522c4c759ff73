package io.kubescaler.redlock;

import io.kubescaler.redlock.LockNode.AcquireReply;
import io.kubescaler.redlock.LockNode.ReleaseReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Clients compete for few pairs in simulated time. Instances and nodes fail in all ways that the algorithm must
 * tolerate. After every event the model checks that no two clients have a valid lease of one pair, and that every
 * session has a greater epoch than all sessions of its pair before. At the end, without faults and clients, it checks
 * that every pair can be acquired again.
 *
 * <p>A client may have two valid leases for a while: that of a session, and that of one that it has resumed it from.
 */
final class LockModel {

    /** A deliberate error, to show that the checker finds it. */
    enum Flaw {
        NONE,
        /** Leases last as long as the keys, although the nodes' clocks are faster than the instances'. */
        NO_DRIFT_MARGIN,
        /** A holder counts the expiry from the answer, not from sending the request. */
        COUNTED_FROM_ANSWER,
        /** Nodes lose their data and return at once. */
        FORGETFUL_NODES,
        /** A holder goes on until a node reports that another has the lock. */
        UNFENCED_HOLDER,
        /** An instance's clock stands still while its machine is suspended. */
        CLOCK_WITHOUT_SUSPEND,
        /** A resume whose client leaves before it is announced frees the pair, instead of giving it back. */
        FREED_WHEN_CUT_OFF,
        /** A release frees the pair before the session's instance has confirmed that its stream is over. */
        RELEASED_UNCONFIRMED,
        /** The epoch is the maximum that a quorum knows, but nobody writes it back: each node counts for itself. */
        EPOCH_NOT_WRITTEN_BACK,
        /** One node alone counts the epochs. */
        EPOCH_ON_ONE_NODE,
        /** A node forgets the epoch with the lock. */
        EPOCH_FORGOTTEN,
        /** Masters admit every list of masters, and lists change by two at a time. */
        LISTS_UNCHECKED
    }

    record Outcome(
            @Nullable String violation, int acquired, int held, int unavailable, int lost, int expired, int faults) {}

    static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration NODE_TIMEOUT = Duration.ofMillis(400);
    private static final Duration FAULTY = Duration.ofSeconds(60);
    private static final Duration LONGEST_FAULT = TTL.multipliedBy(2);

    /** Half of the allowed drift, because both compared clocks may be off. */
    private static final double SKEW = 0.0049;

    private final long seed;
    private final Simulation simulation;
    private final Flaw flaw;
    private final boolean faulty;
    private final List<SimulatedInstance> instances;
    private final List<SimulatedNode> nodes;
    private final List<Resource> pairs =
            List.of(new Resource("lock:{1}", "launched:{1}"), new Resource("lock:{2}", "launched:{2}"));
    private final List<Session> sessions = new ArrayList<>();

    /** The epoch of the latest session per pair. */
    private final Map<Resource, Long> epochs = new HashMap<>();

    /** Per instance, to every node. */
    private final List<List<SimulatedLink>> links;

    private final int fewest;

    /** How many nodes the list of masters has in the settings: always the first. */
    private int listed;

    private final long faultEvery;
    private boolean open = true;
    private @Nullable String violation;
    private int acquired;
    private int held;
    private int unavailable;
    private int lost;
    private int expired;
    private int faults;

    static LockModel withFaults(long seed, int nodeCount, Flaw flaw) {
        return new LockModel(seed, nodeCount, flaw, true);
    }

    static LockModel withoutFaults(long seed, int nodeCount) {
        return new LockModel(seed, nodeCount, Flaw.NONE, false);
    }

    private LockModel(long seed, int nodeCount, Flaw flaw, boolean faulty) {
        this.seed = seed;
        this.simulation = new Simulation(seed);
        this.flaw = flaw;
        this.faulty = faulty;
        RedLockSettings settings = new RedLockSettings(
                TTL,
                TTL.dividedBy(3),
                NODE_TIMEOUT,
                3,
                Duration.ofMillis(200),
                flaw == Flaw.NO_DRIFT_MARGIN ? 0 : 0.01);
        instances = IntStream.range(0, 3)
                .mapToObj(i -> new SimulatedInstance(
                        simulation,
                        1 - SKEW * simulation.random.nextInt(2),
                        settings,
                        flaw != Flaw.CLOCK_WITHOUT_SUSPEND))
                .toList();
        fewest = nodeCount;
        listed = nodeCount;
        nodes = IntStream.range(0, nodeCount == 1 ? 2 : nodeCount + 2)
                .mapToObj(this::node)
                .toList();
        instances.forEach(instance -> instance.setWallClock(simulation.between(-TTL.toNanos(), TTL.toNanos())));
        double late = flaw == Flaw.COUNTED_FROM_ANSWER ? 0.3 : faulty ? 0.03 : 0;
        double loss = faulty ? 0.03 * simulation.random.nextDouble() : 0;
        faultEvery = simulation.between(TTL.dividedBy(10), TTL);
        LongSupplier latency = latency(simulation.between(100_000, 20_000_000), late);
        links = instances.stream()
                .map(instance -> IntStream.range(0, nodes.size())
                        .mapToObj(i -> link(instance, i, latency, loss))
                        .toList())
                .toList();
        instances.forEach(this::startWithTheList);
    }

    private SimulatedLink link(SimulatedInstance instance, int node, LongSupplier latency, double loss) {
        String name = "node-" + node;
        if (flaw != Flaw.LISTS_UNCHECKED) {
            return new SimulatedLink(name, instance, nodes.get(node), latency, loss);
        }
        return new SimulatedLink(name, instance, nodes.get(node), latency, loss) {
            @Override
            public CompletionStage<JoinReply> join(String list, Entry entry, Duration ttl, Duration memory) {
                return CompletableFuture.completedStage(new JoinReply(Set.of(), true));
            }
        };
    }

    private void startWithTheList(SimulatedInstance instance) {
        instance.restart(links.get(instances.indexOf(instance)).subList(0, listed));
    }

    private SimulatedNode node(int index) {
        double speed = 1 + SKEW * simulation.random.nextInt(2);
        return new SimulatedNode(simulation, speed, token -> publish(index, token)) {

            @Override
            AcquireReply acquire(
                    Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since) {
                if (flaw == Flaw.EPOCH_FORGOTTEN && launched(resource) == null) {
                    forgetEpoch(resource);
                }
                AcquireReply reply = super.acquire(resource, owner, previous, ttl, since);
                if (flaw == Flaw.EPOCH_NOT_WRITTEN_BACK && reply instanceof AcquireReply.Taken taken) {
                    super.recordEpoch(resource, owner, taken.epoch() + 1);
                }
                return reply;
            }

            @Override
            @Nullable
            Void undo(Resource resource, String owner) {
                if (flaw == Flaw.FREED_WHEN_CUT_OFF && isHeldBy(resource, owner)) {
                    free(resource);
                }
                return super.undo(resource, owner);
            }

            @Override
            ReleaseReply release(Resource resource, String owner, Duration remembered) {
                ReleaseReply reply = super.release(resource, owner, remembered);
                if (flaw == Flaw.RELEASED_UNCONFIRMED && reply instanceof ReleaseReply.Ending) {
                    free(resource);
                }
                return reply;
            }

            @Override
            boolean recordEpoch(Resource resource, String owner, long epoch) {
                boolean forgets = flaw == Flaw.EPOCH_NOT_WRITTEN_BACK || flaw == Flaw.EPOCH_ON_ONE_NODE && index > 0;
                return forgets ? isHeldBy(resource, owner) : super.recordEpoch(resource, owner, epoch);
            }
        };
    }

    /** Mostly near the typical latency, sometimes far beyond the node timeout. */
    private LongSupplier latency(long typical, double late) {
        return () -> simulation.chance(late)
                ? simulation.between(NODE_TIMEOUT.dividedBy(4), TTL.dividedBy(4))
                : simulation.between(typical / 2, typical * 2);
    }

    private void publish(int node, String token) {
        instances.forEach(instance -> instance.publish("node-" + node, token));
    }

    Outcome run() {
        for (int i = 0; i < 6; i++) {
            new Client(simulation.oneOf(pairs)).comeBackIn(simulation.between(Duration.ZERO, TTL));
        }
        if (faulty) {
            nextFault();
        }
        simulation.runFor(FAULTY, this::check);
        open = false;
        instances.forEach(this::startWithTheList);
        sessions.clear();
        // Until all faults are over, and then until the masters have forgotten the lists before the last.
        simulation.runFor(LONGEST_FAULT.plus(TTL.multipliedBy(4)), () -> {});
        if (violation == null) {
            pairs.forEach(this::acquireAgain);
        }
        return new Outcome(violation, acquired, held, unavailable, lost, expired, faults);
    }

    private void acquireAgain(Resource pair) {
        // Messages may still be lost, so some attempts may fail.
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 20 && attempts.stream().noneMatch(Attempt.Acquired.class::isInstance); i++) {
            simulation.oneOf(instances).lock().acquire(pair, null).thenAccept(attempts::add);
            simulation.runFor(NODE_TIMEOUT.multipliedBy(10), () -> {});
        }
        if (attempts.stream().noneMatch(Attempt.Acquired.class::isInstance)) {
            violation = "With seed " + seed + ", after all faults " + pair + " cannot be acquired: " + attempts;
        }
    }

    private void check() {
        if (violation != null) {
            return;
        }
        sessions.removeIf(session -> session.over);
        for (Session session : sessions) {
            boolean valid = session.claimsToBeValid();
            if (flaw == Flaw.NONE && valid && session.seenInvalid) {
                report("revived", session, session);
            }
            session.seenInvalid |= !valid;
            for (Session other : sessions) {
                if (valid
                        && other.client != session.client
                        && other.lease.resource().equals(session.lease.resource())
                        && other.claimsToBeValid()) {
                    report("both valid", session, other);
                }
            }
        }
    }

    private void report(String what, Session one, Session other) {
        if (violation == null) {
            violation = what + " with seed " + seed + " after " + Duration.ofNanos(simulation.now()) + ": " + one
                    + " and " + other;
        }
    }

    private void nextFault() {
        simulation.after(simulation.between(0, 2 * faultEvery), () -> {
            if (open) {
                faults++;
                fault();
                nextFault();
            }
        });
    }

    private void fault() {
        SimulatedNode node = simulation.oneOf(nodes.subList(0, listed));
        SimulatedInstance instance = simulation.oneOf(instances);
        long brief = simulation.between(Duration.ofMillis(10), NODE_TIMEOUT.multipliedBy(2));
        long lasting = simulation.between(NODE_TIMEOUT, LONGEST_FAULT);
        // Only a stopped holder cannot end its session early, so only it reveals a missing margin.
        boolean marginMissing = flaw == Flaw.NO_DRIFT_MARGIN || flaw == Flaw.COUNTED_FROM_ANSWER;
        switch (marginMissing ? 5 : simulation.random.nextInt(12)) {
            case 0 -> node.crash(false, lasting);
            case 1 ->
                node.crash(
                        true,
                        // Losing data is harmless if the node stays away until all its keys have expired.
                        flaw == Flaw.FORGETFUL_NODES ? brief : simulation.between(TTL.plusMillis(200), LONGEST_FAULT));
            case 2 -> node.stopFor(brief);
            case 3 -> node.stopFor(lasting);
            case 4 -> instance.stopFor(brief);
            case 5 -> instance.stopFor(lasting);
            case 6 -> instance.suspendFor(simulation.chance(0.5) ? brief : lasting);
            case 7 -> instance.setWallClock(simulation.between(-TTL.toNanos(), TTL.toNanos()));
            case 8 -> {
                instance.crash();
                forgetSessionsOf(instance);
            }
            case 9 -> {
                changeTheList();
                startWithTheList(instance);
                forgetSessionsOf(instance);
            }
            case 10 ->
                simulation
                        .oneOf(instance.links())
                        .cut(simulation.random.nextBoolean(), simulation.random.nextBoolean(), lasting);
            default ->
                instance.links()
                        .forEach(link ->
                                link.cut(simulation.random.nextBoolean(), simulation.random.nextBoolean(), lasting));
        }
    }

    private void forgetSessionsOf(SimulatedInstance instance) {
        sessions.stream().filter(each -> each.instance == instance).forEach(each -> each.over = true);
    }

    /** Each instance follows when it starts the next time for this. Changes by two, or by two ones, must be rejected. */
    private void changeTheList() {
        int by = flaw == Flaw.LISTS_UNCHECKED || simulation.chance(0.2) ? 2 : simulation.random.nextInt(2);
        int next = listed + (simulation.random.nextBoolean() ? by : -by);
        listed = Math.max(fewest, Math.min(nodes.size(), next));
    }

    /** Acquires one pair again and again. */
    private final class Client {

        private final Resource pair;
        private @Nullable Session session;
        private int visit;

        Client(Resource pair) {
            this.pair = pair;
        }

        void comeBackIn(long nanos) {
            int next = ++visit;
            simulation.after(nanos, () -> {
                if (open && visit == next) {
                    start(simulation.chance(0.8) ? session : null);
                }
            });
        }

        private void start(@Nullable Session previous) {
            // An instance may crash before it answers.
            comeBackIn(TTL.toNanos());
            int current = visit;
            SimulatedInstance instance = simulation.oneOf(instances);
            String token = previous == null ? null : previous.lease.token();
            instance.run(() -> instance.lock().acquire(pair, token).thenAccept(attempt -> {
                if (!open) {
                    return;
                }
                boolean gone = visit != current;
                if (attempt instanceof Attempt.Acquired success && (gone || simulation.chance(0.1))) {
                    notAnnounced(instance, success.lease());
                    if (!gone) {
                        comeBackIn(simulation.between(Duration.ZERO, TTL.dividedBy(2)));
                    }
                    return;
                }
                if (gone) {
                    return;
                }
                if (attempt instanceof Attempt.Acquired success) {
                    acquired++;
                    session = new Session(this, instance, success.lease());
                    session.begin();
                } else if (attempt instanceof Attempt.Held refusal) {
                    held++;
                    // Often exactly when it may be free, because that moment is dangerous.
                    comeBackIn(
                            simulation.chance(0.5)
                                    ? refusal.freeIn().toNanos() + simulation.between(0, 50_000_000)
                                    : simulation.between(Duration.ZERO, TTL));
                } else if (attempt instanceof Attempt.Ended) {
                    session = null;
                    comeBackIn(simulation.between(Duration.ZERO, TTL.dividedBy(4)));
                } else {
                    unavailable++;
                    comeBackIn(simulation.between(Duration.ZERO, TTL.dividedBy(4)));
                }
            }));
        }

        /** The client has left before it knows the new token. It may come back with the old one. */
        private void notAnnounced(SimulatedInstance instance, Lease lease) {
            simulation.after(
                    simulation.between(Duration.ZERO, NODE_TIMEOUT),
                    () -> instance.run(() -> {
                        instance.lock().undo(lease);
                    }));
        }

        private void leave(Session left) {
            if (left != session || left.over || !open) {
                return;
            }
            switch (simulation.random.nextInt(4)) {
                case 0 -> left.disconnect();
                case 1 -> left.release();
                case 2 -> left.releaseFrom(simulation.oneOf(instances));
                // Comes back while the old connection is still there.
                default -> {}
            }
            comeBackIn(simulation.between(Duration.ZERO, TTL.dividedBy(2)));
        }
    }

    private final class Session {

        private final Client client;
        private final SimulatedInstance instance;
        private final LeaseKeeper keeper;
        private final Lease lease;
        private boolean over;
        private boolean seenInvalid;

        Session(Client client, SimulatedInstance instance, Lease lease) {
            this.client = client;
            this.instance = instance;
            this.keeper = instance.keeper();
            this.lease = lease;
        }

        void begin() {
            sessions.add(this);
            Long before = epochs.put(lease.resource(), lease.epoch());
            if (before != null && lease.epoch() <= before && violation == null) {
                violation = "epoch " + lease.epoch() + " after " + before + " with seed " + seed + ": " + this;
            }
            keeper.keep(lease, this::lose);
            simulation.after(simulation.between(Duration.ZERO, TTL.multipliedBy(2)), () -> client.leave(this));
        }

        boolean claimsToBeValid() {
            return switch (flaw) {
                case COUNTED_FROM_ANSWER -> instance.validFromAnswers(lease.owner());
                case UNFENCED_HOLDER -> true;
                default -> lease.isValid();
            };
        }

        private void lose(LossReason reason) {
            lost++;
            expired += reason == LossReason.EXPIRED && !over ? 1 : 0;
            boolean deaf = flaw == Flaw.COUNTED_FROM_ANSWER || flaw == Flaw.UNFENCED_HOLDER;
            if (!deaf || reason != LossReason.EXPIRED) {
                over = true;
                leave();
            }
            if (client.session == this) {
                client.comeBackIn(simulation.between(Duration.ZERO, TTL.dividedBy(4)));
            }
        }

        void disconnect() {
            instance.run(() -> {
                keeper.forget(lease);
                over = true;
                leave();
            });
        }

        void release() {
            disconnect();
            releaseFrom(instance);
        }

        void releaseFrom(SimulatedInstance other) {
            other.run(() -> other.lock().release(lease.resource(), lease.token()));
        }

        /** Only the process that had the session can do that. */
        private void leave() {
            if (instance.keeper() == keeper) {
                instance.lock().leave(lease);
            }
        }

        @Override
        public String toString() {
            return lease + " on instance " + instances.indexOf(instance);
        }
    }
}

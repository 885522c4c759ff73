package io.kubescaler.redlock;

import io.kubescaler.redlock.LockNode.AcquireReply;
import io.kubescaler.redlock.LockNode.ExtendReply;
import io.kubescaler.redlock.LockNode.JoinReply;
import io.kubescaler.redlock.LockNode.ReleaseReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The scripts of a Redis master, in Java; {@link LockNodeContract} checks that both behave the same. */
class SimulatedNode extends SimulatedProcess {

    private final Map<Resource, Entry> entries = new HashMap<>();
    private final Map<Resource, Long> epochs = new HashMap<>();
    private final Map<String, Long> endedUntil = new HashMap<>(); // per resource and session
    private final Map<String, Long> listsInUseUntil = new HashMap<>();
    private final Map<String, Long> listsKnownUntil = new HashMap<>();
    private final Consumer<String> revocations;
    private long downUntil;

    SimulatedNode(Simulation simulation, double clockSpeed, Consumer<String> revocations) {
        super(simulation, clockSpeed);
        this.revocations = revocations;
    }

    /**
     * @param ended whether the holder's session was ended
     * @param left whether the holder's stream is over
     * @param displaced those that the holder has displaced, the latest first
     */
    private record Entry(
            String holder, boolean ended, boolean left, List<Displaced> displaced, Instant since, long expires) {

        boolean has(String owner) {
            return holder.equals(owner)
                    || displaced.stream().anyMatch(each -> each.mayReturn && each.owner.equals(owner));
        }

        /** The earliest of those that may get the lock back. */
        @Nullable
        String earliest() {
            return displaced.stream()
                    .filter(Displaced::mayReturn)
                    .map(Displaced::owner)
                    .reduce((later, earlier) -> earlier)
                    .orElse(null);
        }

        boolean mayStream(long now) {
            return !left || over() > now;
        }

        /** When all its streams are over at the latest. */
        long over() {
            return displaced.stream().mapToLong(Displaced::over).reduce(left ? 0 : expires, Math::max);
        }

        boolean resumed() {
            return !displaced.isEmpty() && displaced.get(0).mayReturn;
        }
    }

    /**
     * @param over when its stream is over at the latest, 0 if it is over
     * @param mayReturn whether it may get the lock back
     */
    private record Displaced(String owner, long over, boolean mayReturn) {}

    boolean isDown() {
        return simulation.now() < downUntil;
    }

    void crash(boolean losingItsData, long downFor) {
        downUntil = Math.max(downUntil, simulation.now() + downFor);
        if (losingItsData) {
            entries.clear();
            epochs.clear();
            endedUntil.clear();
            listsInUseUntil.clear();
            listsKnownUntil.clear();
        }
    }

    AcquireReply acquire(Resource resource, String owner, @Nullable String previous, Duration ttl, Instant since) {
        if (isEnded(resource, previous == null ? owner : previous)) {
            return new AcquireReply.Ended();
        }
        Entry held = held(resource);
        long epoch = epoch(resource);
        if (held == null) {
            put(resource, owner, false, List.of(), since, ttl);
            return new AcquireReply.Taken(since, false, epoch);
        }
        if (held.holder.equals(owner)) {
            entries.put(
                    resource,
                    new Entry(owner, held.ended, held.left, held.displaced, held.since, clock() + ttl.toNanos()));
            return new AcquireReply.Taken(held.since, held.resumed(), epoch);
        }
        boolean knowsLatest = held.holder.equals(previous);
        if (previous != null && !held.ended && (knowsLatest || previous.equals(held.earliest()))) {
            List<Displaced> displaced = new ArrayList<>(held.displaced);
            displaced.replaceAll(each -> new Displaced(each.owner, each.over, each.mayReturn && !knowsLatest));
            displaced.add(0, new Displaced(held.holder, held.left ? 0 : held.expires, true));
            put(resource, owner, false, displaced, held.since, ttl);
            return new AcquireReply.Taken(held.since, true, epoch);
        }
        return new AcquireReply.Held(held.holder, Duration.ofNanos(held.expires - clock()), held.since);
    }

    private boolean isEnded(Resource resource, String owner) {
        return endedUntil.getOrDefault(mark(resource, owner), 0L) > clock();
    }

    private static String mark(Resource resource, String owner) {
        return resource + LockNode.session(owner);
    }

    /** The highest epoch that it remembers, or 0; for this model, it remembers for ever. */
    private long epoch(Resource resource) {
        return epochs.getOrDefault(resource, 0L);
    }

    final void forgetEpoch(Resource resource) {
        epochs.remove(resource);
    }

    boolean recordEpoch(Resource resource, String owner, long epoch) {
        if (!isHeldBy(resource, owner) || epoch(resource) >= epoch) {
            return false;
        }
        epochs.put(resource, epoch);
        return true;
    }

    final boolean isHeldBy(Resource resource, String owner) {
        Entry held = held(resource);
        return held != null && held.holder.equals(owner);
    }

    @Nullable
    Void undo(Resource resource, String owner) {
        Entry held = held(resource);
        if (held == null) {
            return null;
        }
        List<Displaced> displaced = new ArrayList<>(held.displaced);
        displaced.removeIf(each -> each.owner.equals(owner));
        Entry rest = new Entry(held.holder, held.ended, held.left, displaced, held.since, held.expires);
        if (held.holder.equals(owner)) {
            if (!displaced.isEmpty() && displaced.get(0).mayReturn) {
                Displaced before = displaced.remove(0);
                rest = new Entry(before.owner, held.ended, before.over <= clock(), displaced, held.since, held.expires);
            } else {
                rest = new Entry(owner, true, true, displaced, held.since, held.expires);
            }
        }
        putUnlessOver(resource, rest);
        return null;
    }

    /** Without a stream that may go on, an ended session needs no lock. */
    private void putUnlessOver(Resource resource, Entry entry) {
        if (entry.ended && !entry.mayStream(clock())) {
            free(resource);
        } else {
            entries.put(resource, entry);
        }
    }

    final void free(Resource resource) {
        entries.remove(resource);
    }

    ExtendReply extend(Claim claim, Duration ttl) {
        Entry held = held(claim.resource());
        if (held == null && isEnded(claim.resource(), claim.owner())) {
            return ExtendReply.ENDED;
        }
        if (held == null) {
            if (!ttl.isZero()) {
                put(claim.resource(), claim.owner(), false, List.of(), claim.since(), ttl);
            }
            return ExtendReply.RECREATED;
        }
        if (!held.holder.equals(claim.owner())) {
            return held.has(claim.owner()) ? ExtendReply.DISPLACED : ExtendReply.ANOTHERS;
        }
        if (held.ended) {
            return ExtendReply.ENDED;
        }
        if (ttl.isZero()) {
            return ExtendReply.EXTENDED;
        }
        List<Displaced> displaced = held.displaced.stream()
                .filter(each -> each.over > clock())
                .map(each -> new Displaced(each.owner, each.over, false))
                .toList();
        put(claim.resource(), held.holder, held.left, displaced, claim.since(), ttl);
        return ExtendReply.EXTENDED;
    }

    @Nullable
    Void leave(Resource resource, String owner) {
        Entry held = held(resource);
        if (held != null) {
            List<Displaced> displaced = held.displaced.stream()
                    .map(each -> each.owner.equals(owner) ? new Displaced(owner, 0, each.mayReturn) : each)
                    .toList();
            boolean left = held.left || held.holder.equals(owner);
            putUnlessOver(resource, new Entry(held.holder, held.ended, left, displaced, held.since, held.expires));
        }
        return null;
    }

    ReleaseReply release(Resource resource, String owner, Duration remembered) {
        Entry held = held(resource);
        boolean anothers = held != null && !held.holder.equals(owner);
        if (anothers && LockNode.session(held.holder).equals(LockNode.session(owner))) {
            return new ReleaseReply.Anothers();
        }
        endedUntil.put(mark(resource, owner), clock() + remembered.toNanos());
        if (held == null || anothers) {
            return anothers ? new ReleaseReply.Anothers() : new ReleaseReply.Missing();
        }
        Entry ended = new Entry(owner, true, held.left, held.displaced, held.since, held.expires);
        putUnlessOver(resource, ended);
        return ended.mayStream(clock())
                ? new ReleaseReply.Ending(Duration.ofNanos(ended.over() - clock()))
                : new ReleaseReply.Released();
    }

    @Nullable
    Void revoke(String owner) {
        revocations.accept(owner);
        return null;
    }

    @Nullable
    Instant launched(Resource resource) {
        Entry held = held(resource);
        return held == null ? null : held.since;
    }

    JoinReply join(String list, LockNode.Entry entry, Duration ttl, Duration memory) {
        listsInUseUntil.values().removeIf(end -> end <= clock());
        listsKnownUntil.values().removeIf(end -> end <= clock());
        boolean known = listsKnownUntil.containsKey(list);
        Set<String> conflicting = new HashSet<>(listsInUseUntil.keySet());
        conflicting.removeIf(other -> !differTooMuch(list, other));
        if (entry != LockNode.Entry.NONE && conflicting.isEmpty()) {
            boolean again = listsInUseUntil.put(list, clock() + ttl.toNanos()) != null || known;
            listsKnownUntil.keySet().removeIf(other -> differTooMuch(list, other));
            if (entry == LockNode.Entry.USED && again) {
                listsKnownUntil.put(list, clock() + memory.toNanos());
            }
        }
        return new JoinReply(conflicting, known);
    }

    /** As if only this list were in use. */
    void replaceLists(String list, Duration ttl) {
        listsInUseUntil.clear();
        listsInUseUntil.put(list, clock() + ttl.toNanos());
    }

    private static boolean differTooMuch(String list, String other) {
        Set<String> one = Set.of(list.split(","));
        Set<String> two = Set.of(other.split(","));
        long common = one.stream().filter(two::contains).count();
        return one.size() + two.size() - 2 * common > 1;
    }

    private void put(
            Resource resource, String holder, boolean left, List<Displaced> displaced, Instant since, Duration ttl) {
        entries.put(resource, new Entry(holder, false, left, displaced, since, clock() + ttl.toNanos()));
    }

    private @Nullable Entry held(Resource resource) {
        Entry entry = entries.get(resource);
        return entry == null || entry.expires <= clock() ? null : entry;
    }
}

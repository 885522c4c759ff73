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
    private final Map<String, Long> endedUntil = new HashMap<>();
    private final Map<String, Long> listsInUseUntil = new HashMap<>();
    private final Map<String, Long> listsKnownUntil = new HashMap<>();
    private final Consumer<String> revocations;
    private long downUntil;

    SimulatedNode(Simulation simulation, double clockSpeed, Consumer<String> revocations) {
        super(simulation, clockSpeed);
        this.revocations = revocations;
    }

    /** @param owners the holder, then those that it displaced since the last extension, the latest first */
    private record Entry(List<String> owners, Instant since, long expires) {

        String holder() {
            return owners.get(0);
        }

        @Nullable
        String displaced() {
            return owners.size() > 1 ? owners.get(1) : null;
        }
    }

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
        if (previous != null && endedUntil.getOrDefault(previous, 0L) > clock()) {
            return new AcquireReply.Ended();
        }
        Entry held = held(resource);
        long epoch = epoch(resource);
        if (held == null) {
            put(resource, List.of(owner), since, ttl);
            return new AcquireReply.Taken(since, null, epoch);
        }
        if (held.holder().equals(owner)) {
            put(resource, held.owners, held.since, ttl);
            return new AcquireReply.Taken(held.since, held.displaced(), epoch);
        }
        if (previous != null && held.owners.contains(previous)) {
            List<String> owners = new ArrayList<>(held.owners);
            owners.add(0, owner);
            put(resource, owners, held.since, ttl);
            return new AcquireReply.Taken(held.since, held.holder(), epoch);
        }
        return new AcquireReply.Held(held.holder(), Duration.ofNanos(held.expires - clock()), held.since);
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
        return held != null && held.holder().equals(owner);
    }

    @Nullable
    Void undo(Resource resource, String owner) {
        Entry held = held(resource);
        if (held != null && held.owners.contains(owner)) {
            List<String> owners = new ArrayList<>(held.owners);
            owners.remove(owner);
            if (owners.isEmpty()) {
                entries.remove(resource);
            } else {
                entries.put(resource, new Entry(owners, held.since, held.expires));
            }
        }
        return null;
    }

    ExtendReply extend(Claim claim, Duration ttl) {
        Entry held = held(claim.resource());
        if (held != null && !held.holder().equals(claim.owner())) {
            return held.owners.contains(claim.owner()) ? ExtendReply.DISPLACED : ExtendReply.ANOTHERS;
        }
        put(claim.resource(), List.of(claim.owner()), claim.since(), ttl);
        return held == null ? ExtendReply.RECREATED : ExtendReply.EXTENDED;
    }

    ReleaseReply release(Resource resource, String owner) {
        Entry held = held(resource);
        if (held == null) {
            return ReleaseReply.MISSING;
        }
        if (!held.holder().equals(owner)) {
            return ReleaseReply.ANOTHERS;
        }
        entries.remove(resource);
        return ReleaseReply.RELEASED;
    }

    @Nullable
    Void end(String owner, Duration ttl) {
        endedUntil.put(owner, clock() + ttl.toNanos());
        return null;
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

    private void put(Resource resource, List<String> owners, Instant since, Duration ttl) {
        entries.put(resource, new Entry(owners, since, clock() + ttl.toNanos()));
    }

    private @Nullable Entry held(Resource resource) {
        Entry entry = entries.get(resource);
        return entry == null || entry.expires <= clock() ? null : entry;
    }
}

package io.kubescaler.redlock;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An instance with its clock, lock and keeper. A crash loses all its sessions. */
final class SimulatedInstance extends SimulatedProcess implements Timing {

    /** How far {@link #now} is from the true time: two instances differ by less than a ttl. */
    private static final long MOST_WRONG =
            LockModel.TTL.dividedBy(2).minusMillis(500).toNanos();

    private final RedLockSettings settings;

    /** Per owner, when each node's last granting answer arrived, on this clock. */
    private final Map<String, Map<SimulatedLink, Long>> heard = new HashMap<>();

    private final boolean watched;
    private long setForward;
    private final WatchedClock watchedClock = new WatchedClock(this::monotonic, this::wall);
    private long suspended;
    private long suspendedSince;
    private long suspendedUntil;

    private List<SimulatedLink> links = List.of();
    private RedLock lock;
    private LeaseKeeper keeper;
    private int life;

    SimulatedInstance(Simulation simulation, double clockSpeed, RedLockSettings settings) {
        this(simulation, clockSpeed, settings, true);
    }

    /** @param watched whether its clock counts the time for which it was suspended */
    SimulatedInstance(Simulation simulation, double clockSpeed, RedLockSettings settings, boolean watched) {
        super(simulation, clockSpeed);
        this.settings = settings;
        this.watched = watched;
    }

    /** As a machine that sleeps: the process is stopped, and its monotonic clock stands still. */
    void suspendFor(long nanos) {
        if (simulation.now() >= suspendedUntil) {
            suspended += suspendedUntil - suspendedSince;
            suspendedSince = simulation.now();
            suspendedUntil = suspendedSince + nanos;
            stopFor(nanos);
        }
    }

    /** Sets the wall clock forward, or back if negative. Nobody can do that while the machine is suspended. */
    void setWallClock(long nanos) {
        setForward += simulation.now() >= suspendedUntil ? nanos : 0;
    }

    private long monotonic() {
        long stoodStill = suspended + Math.min(simulation.now(), suspendedUntil) - suspendedSince;
        return clock() - (long) (stoodStill * clockSpeed());
    }

    private long wall() {
        return clock() + setForward;
    }

    void connect(List<SimulatedLink> nodes) {
        links = nodes;
    }

    void start(List<SimulatedLink> nodes) {
        connect(nodes);
        lock = new RedLock(List.copyOf(nodes), settings, this, simulation.random);
        keeper = new LeaseKeeper(lock, (leases, took) -> {});
    }

    void crash() {
        restart(links);
    }

    /** Crashes, and starts again with these nodes. */
    void restart(List<SimulatedLink> nodes) {
        life++;
        start(nodes);
    }

    /** Passes a revocation on, if this instance knows the node. */
    void publish(String node, String owner) {
        links.stream().filter(link -> link.name().equals(node)).forEach(link -> link.publish(owner));
    }

    RedLock lock() {
        return lock;
    }

    LeaseKeeper keeper() {
        return keeper;
    }

    List<SimulatedLink> links() {
        return links;
    }

    int life() {
        return life;
    }

    /** Returns an action that does nothing after a crash, and waits while the process is stopped. */
    Runnable inLife(int ofLife, Runnable action) {
        return () -> run(() -> {
            if (life == ofLife) {
                action.run();
            }
        });
    }

    void heardYes(String owner, SimulatedLink node) {
        heard.computeIfAbsent(owner, unknown -> new HashMap<>()).put(node, clock());
    }

    /** Whether a quorum granted the lock less than the usable time ago; it counts, wrongly, from the answer. */
    boolean validFromAnswers(String owner) {
        long recent = heard.getOrDefault(owner, Map.of()).values().stream()
                .filter(at -> clock() - at < settings.usable().toNanos())
                .count();
        return recent > links.size() / 2;
    }

    @Override
    public long nanoTime() {
        return watched ? watchedClock.nanoTime() : monotonic();
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(clock() + Math.max(-MOST_WRONG, Math.min(setForward, MOST_WRONG)));
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        boolean[] cancelled = {false};
        simulation.after(trueNanos(delay.toNanos()), inLife(life, () -> {
            if (!cancelled[0]) {
                task.run();
            }
        }));
        return () -> cancelled[0] = true;
    }
}

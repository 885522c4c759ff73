package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {

    private static final RedLockSettings SETTINGS = RedLockSettings.defaults();
    private static final Duration ROUND_TRIP = SimulatedCluster.LATENCY.multipliedBy(2);
    private static final Duration TO_ACQUIRE = ROUND_TRIP.multipliedBy(2);

    private final SimulatedCluster cluster = new SimulatedCluster(3, SETTINGS);
    private final SimulatedInstance instance = cluster.newInstance();
    private final List<LossReason> losses = new ArrayList<>();

    @Test
    void keepsALeaseForAsLongAsItIsAsked() {
        Lease lease = keep();

        cluster.pass(SETTINGS.ttl().multipliedBy(10));

        assertThat(lease.isValid()).isTrue();
        assertThat(losses).isEmpty();
        assertThat(instance.keeper().kept()).isEqualTo(1);
    }

    @Test
    void sendsNothingForALeaseThatIsForgotten() {
        Lease lease = keep();

        instance.keeper().forget(lease);

        assertThat(lease.isValid()).isFalse();
        cluster.pass(SETTINGS.ttl().plus(ROUND_TRIP));
        assertThat(cluster.nodes)
                .extracting(node -> node.launched(lease.resource()))
                .containsOnlyNulls();
        assertThat(losses).isEmpty();
    }

    @Test
    void saysThatALeaseIsLostBeforeItsEnd() {
        Lease lease = keep();
        Duration untilTheEnd = lease.remaining();
        cluster.nodes.forEach(
                node -> node.crash(false, SETTINGS.ttl().multipliedBy(2).toNanos()));

        cluster.pass(untilTheEnd.minus(SETTINGS.nodeTimeout()).minusMillis(1));
        assertThat(losses).isEmpty();
        assertThat(lease.isValid()).isTrue();
        cluster.pass(Duration.ofMillis(1));

        assertThat(losses).containsExactly(LossReason.EXPIRED);
        assertThat(lease.isValid()).isFalse();
        assertThat(cluster.nodes)
                .extracting(node -> node.launched(lease.resource()))
                .doesNotContainNull();
    }

    @Test
    void survivesAnOutageThatLeavesTimeForOneMoreTry() {
        Lease lease = keep();
        cluster.nodes.forEach(
                node -> node.crash(false, SETTINGS.ttl().minusSeconds(5).toNanos()));

        cluster.pass(SETTINGS.ttl().multipliedBy(3));

        assertThat(lease.isValid()).isTrue();
        assertThat(losses).isEmpty();
    }

    @Test
    void doesNotReviveALeaseOfAProcessThatWasStopped() {
        Lease lease = keep();

        instance.stopFor(SETTINGS.ttl().toNanos());
        cluster.pass(SETTINGS.ttl().multipliedBy(2));

        assertThat(losses).containsExactly(LossReason.EXPIRED);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void endsASessionThatWasTakenOverThoughItsNodesCouldNotSaySo() {
        Lease lease = keep();
        cut(false, true, Duration.ofSeconds(3));
        SimulatedInstance other = cluster.newInstance();

        takeOver(other, lease);
        assertThat(lease.isValid()).isTrue();
        cluster.pass(SETTINGS.refreshEvery().multipliedBy(2).plusSeconds(1));

        assertThat(losses).containsExactly(LossReason.TAKEN);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void endsASessionAtOnceWhenItsNodesSayThatItWasTakenOver() {
        Lease lease = keep();
        SimulatedInstance other = cluster.newInstance();

        takeOver(other, lease);

        assertThat(losses).containsExactly(LossReason.REVOKED);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void endsASessionThatWasTakenOverThoughTheFirstAnnouncementIsLost() {
        Lease lease = keep();
        cut(false, true, Duration.ofSeconds(1));

        takeOver(cluster.newInstance(), lease);
        assertThat(losses).isEmpty();
        cluster.pass(Duration.ofSeconds(2));

        assertThat(losses).containsExactly(LossReason.REVOKED);
    }

    /** Several came back with the same token at once. */
    @Test
    void endsAStreamThatATakeoverHasDisplacedByWayOfOneThatIsUndone() {
        Lease first = acquire();
        Lease kept = resume(first);
        instance.keeper().keep(kept, losses::add);
        SimulatedInstance other = cluster.newInstance();
        Lease undone = resume(first);

        takeOver(other, first);
        instance.lock().undo(undone);
        cluster.pass(ROUND_TRIP.multipliedBy(2));

        assertThat(losses).containsExactly(LossReason.REVOKED);
        assertThat(kept.isValid()).isFalse();
    }

    @Test
    void endsAStreamThatWasTakenOverBeforeItsLeaseWasKept() {
        Lease first = acquire();
        Lease lease = resume(first);
        takeOver(cluster.newInstance(), first);

        instance.keeper().keep(lease, losses::add);
        cluster.pass(ROUND_TRIP.multipliedBy(2));

        assertThat(losses).containsExactly(LossReason.REVOKED);
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void goesOnThoughANodeAloneSaysThatTheSessionIsOver() {
        Lease lease = keep();

        cluster.nodes.get(0).revoke(LockNode.session(lease.owner()));
        cluster.pass(SETTINGS.ttl().multipliedBy(2));

        assertThat(lease.isValid()).isTrue();
        assertThat(losses).isEmpty();
    }

    @Test
    void asksUntilAQuorumAnswersWhetherTheSessionIsOver() {
        Lease lease = keep();
        instance.links()
                .subList(1, 3)
                .forEach(link -> link.cut(false, true, Duration.ofSeconds(1).toNanos()));

        takeOver(cluster.newInstance(), lease);
        assertThat(losses).isEmpty();
        cluster.pass(Duration.ofSeconds(2));

        assertThat(losses).containsExactly(LossReason.REVOKED);
    }

    /** Nor does it take the lock for good from a client that may come back with its token of before. */
    @Test
    void goesOnAsBeforeWhenANodeAloneSaysThatAFreshTakeoverIsOver() {
        Lease before = acquire();
        Lease lease = resume(before);
        instance.keeper().keep(lease, losses::add, () -> false);

        cluster.nodes.get(0).revoke(LockNode.session(lease.owner()));
        cluster.pass(SETTINGS.refreshEvery());

        assertThat(losses).isEmpty();
        assertThat(resume(before).isValid()).isTrue();
    }

    @Test
    void endsAStreamThatMissedItsTakeoverWhenTheSessionIsReleased() {
        Lease lease = keepAndLeaveWhenLost();
        cut(false, true, Duration.ofSeconds(1));
        SimulatedInstance other = cluster.newInstance();
        Lease later = takeOver(other, lease);
        cluster.pass(Duration.ofSeconds(1));
        assertThat(lease.isValid()).isTrue();

        other.keeper().forget(later);

        assertThat(cluster.await(other.lock().release(later), Duration.ofSeconds(1)))
                .isEqualTo(new Release.Released());
        assertThat(losses).containsExactly(LossReason.REVOKED);
    }

    @Test
    void goesOnIfATakeoverFindsNoQuorum() {
        Lease lease = keep();
        cluster.nodes
                .subList(1, 3)
                .forEach(node ->
                        node.stopFor(SETTINGS.nodeTimeout().multipliedBy(2).toNanos()));
        SimulatedInstance other = cluster.newInstance();

        Attempt attempt = cluster.await(other.lock().acquire(lease.resource(), lease.token()), Duration.ofSeconds(1));
        assertThat(attempt).isInstanceOf(Attempt.Unavailable.class);
        cluster.pass(SETTINGS.ttl());

        assertThat(losses).isEmpty();
        assertThat(lease.isValid()).isTrue();
    }

    @Test
    void goesOnIfATakeoverIsUndoneThoughARefreshFallsBetween() {
        Lease lease = keep();
        SimulatedInstance other = cluster.newInstance();
        Attempt attempt = cluster.await(other.lock().acquire(lease.resource(), lease.token()), TO_ACQUIRE);
        cluster.pass(SETTINGS.refreshEvery().plusSeconds(1));

        other.lock().undo(((Attempt.Acquired) attempt).lease());
        cluster.pass(SETTINGS.ttl());

        assertThat(losses).isEmpty();
        assertThat(lease.isValid()).isTrue();
        assertThat(cluster.await(other.lock().acquire(lease.resource(), null), TO_ACQUIRE))
                .isInstanceOf(Attempt.Held.class);
    }

    @Test
    void refreshesALeaseOnlyWhileItsHolderIsThere() {
        AtomicBoolean present = new AtomicBoolean(true);
        Lease lease = acquire();
        instance.keeper().keep(lease, losses::add, present::get);
        cluster.pass(SETTINGS.ttl().multipliedBy(2));
        assertThat(lease.isValid()).isTrue();

        present.set(false);
        cluster.pass(SETTINGS.ttl().dividedBy(2));
        present.set(true);
        cluster.pass(SETTINGS.ttl());
        assertThat(losses).isEmpty();

        present.set(false);
        cluster.pass(SETTINGS.ttl());
        assertThat(losses).containsExactly(LossReason.EXPIRED);
    }

    /** The client of a resume that is cut off at once has only its token of before. */
    @Test
    void refreshesNoLeaseBeforeItsHolderCanBeKnownToHaveVanished() {
        for (int i = 0; i < 20; i++) {
            Lease before = acquire();
            Lease lease = resume(before);
            AtomicBoolean present = new AtomicBoolean(true);
            instance.keeper().keep(lease, losses::add, present::get);
            cluster.pass(SETTINGS.refreshEvery().multipliedBy(3).dividedBy(10));
            present.set(false);
            cluster.pass(SETTINGS.refreshEvery());

            assertThat(resume(before).isValid()).isTrue();
        }
    }

    private Lease resume(Lease before) {
        Attempt attempt = cluster.await(instance.lock().acquire(before.resource(), before.token()), TO_ACQUIRE);
        return ((Attempt.Acquired) attempt).lease();
    }

    @Test
    void finishesARefreshThoughAListenerFails() {
        List<Integer> batches = new ArrayList<>();
        LeaseKeeper keeper = new LeaseKeeper(instance.lock(), (leases, took) -> batches.add(leases));
        Lease lease = acquire();
        keeper.keep(lease, reason -> {
            throw new AssertionError("deliberate");
        });
        cluster.nodes.forEach(node -> node.release(lease.resource(), lease.owner(), SETTINGS.ttl()));

        cluster.pass(SETTINGS.refreshEvery().plusSeconds(1));

        assertThat(lease.isValid()).isFalse();
        assertThat(batches).containsExactly(1);
    }

    @Test
    void doesNotBringBackALockThatWasReleased() {
        Lease lease = keepAndLeaveWhenLost();
        cut(false, true, Duration.ofSeconds(3));
        SimulatedInstance other = cluster.newInstance();

        assertThat(cluster.await(other.lock().release(lease.resource(), lease.token()), Duration.ofSeconds(3)))
                .isInstanceOfSatisfying(
                        Release.Unconfirmed.class,
                        unconfirmed -> assertThat(unconfirmed.freeIn())
                                .isBetween(SETTINGS.ttl().minusSeconds(4), SETTINGS.ttl()));
        assertThat(lease.isValid()).isTrue();
        assertThat(cluster.await(other.lock().acquire(lease.resource(), null), Duration.ofSeconds(1)))
                .isInstanceOf(Attempt.Held.class);
        cluster.pass(SETTINGS.refreshEvery().plusSeconds(1));

        assertThat(losses).containsExactly(LossReason.REVOKED);
        assertThat(cluster.nodes)
                .extracting(node -> node.launched(lease.resource()))
                .containsOnlyNulls();
    }

    @Test
    void repairsAMinorityThatForgot() {
        Lease lease = keep();
        cluster.nodes.get(0).crash(true, 1);

        cluster.pass(SETTINGS.refreshEvery());

        assertThat(cluster.nodes.get(0).launched(lease.resource())).isEqualTo(lease.since());
        assertThat(losses).isEmpty();
    }

    /** The token of a client that vanished while its lease was refreshed may come back. */
    @Test
    void keepsTheLockOfALeaseThatIsForgottenDuringARefresh() {
        Lease lease = keep();
        cluster.nodes.get(0).crash(true, 1);
        while (cluster.nodes.get(0).launched(lease.resource()) == null) {
            cluster.pass(SimulatedCluster.LATENCY.dividedBy(2));
        }

        instance.keeper().forget(lease);
        instance.lock().leave(lease);
        cluster.pass(ROUND_TRIP.multipliedBy(2));

        assertThat(cluster.await(instance.lock().acquire(lease.resource(), null), Duration.ofSeconds(1)))
                .isInstanceOf(Attempt.Held.class);
        assertThat(cluster.await(instance.lock().acquire(lease.resource(), lease.token()), TO_ACQUIRE))
                .isInstanceOf(Attempt.Acquired.class);
    }

    @Test
    void spreadsWhatStartedInOneMomentOverTheInterval() {
        List<Integer> batches = new ArrayList<>();
        LeaseKeeper keeper = new LeaseKeeper(instance.lock(), (leases, took) -> batches.add(leases));
        for (int i = 0; i < 10_000; i++) {
            instance.lock()
                    .acquire(Resources.next(), null)
                    .thenAccept(attempt -> keeper.keep(((Attempt.Acquired) attempt).lease(), losses::add));
        }

        cluster.pass(SETTINGS.refreshEvery().plusSeconds(1));

        assertThat(batches.stream().mapToInt(Integer::intValue).sum()).isBetween(10_000, 11_000);
        assertThat(batches)
                .hasSizeLessThan(60)
                .allSatisfy(batch -> assertThat(batch).isBetween(100, LockNode.MAX_CLAIMS));
        assertThat(losses).isEmpty();
    }

    @Test
    void endsAllLeasesWhenItIsClosed() {
        Lease lease = keep();

        instance.keeper().close();

        assertThat(lease.isValid()).isFalse();
        assertThat(instance.keeper().kept()).isZero();
        assertThat(losses).isEmpty();
    }

    /** As a client does that comes back with its token. */
    private Lease takeOver(SimulatedInstance other, Lease lease) {
        Attempt attempt = cluster.await(other.lock().acquire(lease.resource(), lease.token()), TO_ACQUIRE);
        Lease later = ((Attempt.Acquired) attempt).lease();
        other.keeper().keep(later, reason -> {});
        // The message, and what the nodes answer when asked.
        cluster.pass(ROUND_TRIP.multipliedBy(2));
        return later;
    }

    private Lease keep() {
        Lease lease = acquire();
        instance.keeper().keep(lease, losses::add);
        return lease;
    }

    /** As an instance does that ends the stream of a lost lease. */
    private Lease keepAndLeaveWhenLost() {
        Lease lease = acquire();
        instance.keeper().keep(lease, reason -> {
            losses.add(reason);
            instance.lock().leave(lease);
        });
        return lease;
    }

    private Lease acquire() {
        Attempt attempt = cluster.await(instance.lock().acquire(Resources.next(), null), TO_ACQUIRE);
        return ((Attempt.Acquired) attempt).lease();
    }

    private void cut(boolean requests, boolean replies, Duration duration) {
        instance.links().forEach(link -> link.cut(requests, replies, duration.toNanos()));
    }
}

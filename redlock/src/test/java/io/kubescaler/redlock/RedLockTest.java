package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.redlock.Attempt.Acquired;
import io.kubescaler.redlock.Attempt.Ended;
import io.kubescaler.redlock.Attempt.Held;
import io.kubescaler.redlock.Attempt.Unavailable;
import io.kubescaler.redlock.LockNode.AcquireReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RedLockTest {

    static final RedLockSettings SETTINGS = RedLockSettings.defaults();
    static final Duration ROUND_TRIP = SimulatedCluster.LATENCY.multipliedBy(2);
    static final Duration TO_ACQUIRE = ROUND_TRIP.multipliedBy(2);
    private static final Duration LONG = SETTINGS.ttl().multipliedBy(10);
    private static final Instant NOW = Instant.EPOCH;

    final SimulatedCluster cluster = new SimulatedCluster(5, SETTINGS);
    final SimulatedInstance instance = cluster.newInstance();
    final Resource resource = Resources.next();

    RedLock lock() {
        return instance.lock();
    }

    @Test
    void numbersEachAcquisitionHigherThanAllBefore() {
        instance.setWallClock(Duration.ofSeconds(3).toNanos());
        Lease first = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        instance.setWallClock(Duration.ofSeconds(-3).toNanos());
        cluster.nodes.get(0).crash(false, SETTINGS.ttl().toNanos());
        Lease resumed = ((Acquired) await(lock().acquire(resource, first.token()), SETTINGS.nodeTimeout())).lease();
        lock().undo(resumed);

        Lease again = ((Acquired) await(lock().acquire(resource, first.token()), SETTINGS.nodeTimeout())).lease();

        assertThat(resumed.epoch()).isGreaterThan(first.epoch());
        assertThat(again.epoch()).isGreaterThan(resumed.epoch());
    }

    @Test
    void takesOneRoundTripThoughAMinorityHangs() {
        hang(0, 1);

        assertThat(await(acquire(), TO_ACQUIRE)).isInstanceOf(Acquired.class);
        assertThat(await(acquire(), TO_ACQUIRE)).isInstanceOf(Held.class);
        assertThat(await(lock().launched(List.of(resource)), ROUND_TRIP)).containsKey(resource);
    }

    @Test
    void countsALeaseFromTheSendingOfTheRequest() {
        Acquired acquired = (Acquired) await(acquire(), TO_ACQUIRE);

        assertThat(acquired.lease().remaining())
                .isEqualTo(SETTINGS.usable().minus(TO_ACQUIRE))
                .isLessThan(SETTINGS.ttl().minusMillis(600));
    }

    @Test
    void saysWhoFailedWithinTheNodeTimeoutWhenNoQuorumAnswers() {
        hang(0, 2, 4);

        assertThat(await(acquire(), SETTINGS.nodeTimeout()))
                .isEqualTo(new Unavailable("node-0: no answer within 250 ms; node-2: no answer within 250 ms;"
                        + " node-4: no answer within 250 ms"));
    }

    @Test
    void leavesNothingBehindWhenItFails() {
        hang(0, 1, 2);
        await(acquire(), SETTINGS.nodeTimeout());

        cluster.pass(ROUND_TRIP);

        assertThat(cluster.nodes).extracting(node -> node.launched(resource)).containsOnlyNulls();
    }

    @Test
    void undoesAYesThatCameTooLate() {
        cluster.nodes
                .subList(0, 3)
                .forEach(node -> node.stopFor(Duration.ofSeconds(1).toNanos()));

        assertThat(await(acquire(), Duration.ofMillis(500))).isInstanceOf(Unavailable.class);
        cluster.pass(Duration.ofSeconds(1));

        assertThat(cluster.nodes).extracting(node -> node.launched(resource)).containsOnlyNulls();
    }

    @Test
    void refusesALeaseThatIsNearlyOverWhenTheAnswersAreRead() {
        CompletionStage<Attempt> attempt = acquire();
        cluster.pass(SimulatedCluster.LATENCY.dividedBy(2));
        instance.stopFor(SETTINGS.ttl().dividedBy(2).plusSeconds(1).toNanos());

        assertThat(await(attempt, SETTINGS.ttl())).isInstanceOf(Unavailable.class);
    }

    @Test
    void triesAgainWhenNobodyHasAQuorum() {
        split(Duration.ofMillis(20));

        assertThat(await(acquire(), Duration.ofMillis(500))).isInstanceOf(Acquired.class);
    }

    @Test
    void isHeldWhenTheVoteStaysSplit() {
        split(Duration.ofSeconds(20));

        assertThat(await(acquire(), Duration.ofMillis(500)))
                .isInstanceOfSatisfying(
                        Held.class,
                        held -> assertThat(held.freeIn()).isBetween(Duration.ofSeconds(19), Duration.ofSeconds(20)));
        assertThat(cluster.nodes.subList(3, 5))
                .extracting(node -> node.launched(resource))
                .containsOnlyNulls();
    }

    /** A silent node may have it for either, so nobody knows when the lock is free: soon, if the node comes back. */
    @Test
    void isUnavailableWhenTheVoteStaysSplitAndANodeIsSilent() {
        split(Duration.ofSeconds(20));
        hang(4);

        assertThat(await(acquire(), Duration.ofSeconds(5))).isInstanceOf(Unavailable.class);
        assertThat(cluster.nodes.get(3).launched(resource)).isNull();
    }

    /** Two other tokens hold three of the five nodes. */
    private void split(Duration ttl) {
        cluster.nodes.get(0).acquire(resource, "a", null, ttl, NOW);
        cluster.nodes.get(1).acquire(resource, "a", null, ttl, NOW);
        cluster.nodes.get(2).acquire(resource, "b", null, ttl, NOW);
    }

    @Test
    void saysWhenAQuorumCanBeFree() {
        for (int i = 0; i < 5; i++) {
            cluster.nodes.get(i).acquire(resource, "a", null, Duration.ofSeconds(10 * (i + 1)), NOW);
        }

        Held held = (Held) await(acquire(), TO_ACQUIRE);

        assertThat(held.freeIn()).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(30));
    }

    @Test
    void givesATakenOverSessionBackWhenTheTakeoverFails() {
        Acquired first = (Acquired) await(acquire(), TO_ACQUIRE);
        hang(0, 1, 2);

        await(lock().acquire(resource, first.lease().token()), SETTINGS.nodeTimeout());
        cluster.pass(ROUND_TRIP);

        String owner = first.lease().owner();
        assertThat(cluster.nodes.subList(3, 5)).allMatch(node -> node.isHeldBy(resource, owner));
    }

    @Test
    void givesATakenOverSessionBackWhenTheTakeoverIsUndone() {
        Acquired first = (Acquired) await(acquire(), TO_ACQUIRE);
        Acquired second =
                (Acquired) await(lock().acquire(resource, first.lease().token()), TO_ACQUIRE);

        lock().undo(second.lease());
        cluster.pass(ROUND_TRIP);

        assertThat(second.lease().isValid()).isFalse();
        assertThat(await(acquire(), Duration.ofSeconds(1))).isInstanceOf(Held.class);
        assertThat(await(lock().acquire(resource, first.lease().token()), TO_ACQUIRE))
                .isInstanceOf(Acquired.class);
    }

    @Test
    void undoesAgainUntilEveryNodeHasAnswered() {
        Acquired acquired = (Acquired) await(acquire(), TO_ACQUIRE);
        instance.links()
                .forEach(link -> link.cut(true, true, Duration.ofSeconds(10).toNanos()));

        lock().undo(acquired.lease());
        cluster.pass(Duration.ofSeconds(11));

        assertThat(cluster.nodes).extracting(node -> node.launched(resource)).containsOnlyNulls();
    }

    @Test
    void aTokenThatWasReleasedComesBackNoMore() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        cluster.nodes.get(0).crash(false, Duration.ofSeconds(1).toNanos());
        assertThat(await(lock().release(lease), Duration.ofSeconds(2))).isEqualTo(new Release.Released());

        assertThat(await(lock().acquire(resource, lease.token()), TO_ACQUIRE)).isInstanceOf(Ended.class);
        assertThat(await(acquire(), Duration.ofSeconds(1))).isInstanceOf(Acquired.class);
    }

    /** One node has forgotten it, and has a leftover of another vote; one is down, and comes back with its data. */
    @Test
    void aTokenThatWasReleasedComesBackNoMoreThoughTwoNodesHadTrouble() {
        SimulatedCluster three = new SimulatedCluster(3, SETTINGS);
        RedLock lock = three.newInstance().lock();
        Lease lease = ((Acquired) three.await(lock.acquire(resource, null), TO_ACQUIRE)).lease();
        three.nodes.get(1).crash(true, 1);
        three.nodes.get(1).acquire(resource, "another", null, SETTINGS.ttl(), NOW);
        three.nodes.get(2).crash(false, Duration.ofSeconds(3).toNanos());

        three.await(lock.release(lease), Duration.ofSeconds(3));
        three.nodes.get(1).undo(resource, "another");

        assertThat(three.await(lock.acquire(resource, lease.token()), TO_ACQUIRE))
                .isInstanceOf(Ended.class);
    }

    @Test
    void oneNodeAloneDoesNotSayThatASessionWasEnded() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        cluster.nodes.get(0).crash(true, 1);
        cluster.pass(ROUND_TRIP);
        cluster.nodes.get(0).release(resource, lease.owner(), LONG);
        hang(1, 2);

        assertThat(await(lock().acquire(resource, lease.token()), SETTINGS.nodeTimeout()))
                .isInstanceOf(Unavailable.class);
    }

    @Test
    void announcesTheEndOfAReleasedSessionWithoutWaitingForSilentNodes() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        List<String> ended = new ArrayList<>();
        lock().onRevoked(ended::add);
        hang(0, 1);

        lock().release(resource, lease.token());
        cluster.pass(ROUND_TRIP.multipliedBy(2));

        assertThat(ended).containsOnly(LockNode.session(lease.owner()));
    }

    @Test
    void saysThatTheEndIsRecordedWhenAQuorumHasRecordedIt() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        List<AcquireReply> comesBack = new ArrayList<>();
        hang(0, 1);

        lock().release(
                        resource,
                        lease.token(),
                        () -> cluster.nodes
                                .subList(2, 5)
                                .forEach(node -> comesBack.add(
                                        node.acquire(resource, "later", lease.owner(), SETTINGS.ttl(), NOW))));
        cluster.pass(ROUND_TRIP);

        assertThat(comesBack).hasSize(3).hasOnlyElementsOfType(AcquireReply.Ended.class);
    }

    @Test
    void waitsNoLongerThanTheNodeTimeoutForTheRecordOfAnEnd() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        AtomicInteger recorded = new AtomicInteger();
        hang(0, 1, 2);

        lock().release(resource, lease.token(), recorded::incrementAndGet);
        cluster.pass(SETTINGS.nodeTimeout());

        assertThat(recorded).hasValue(1);
    }

    @Test
    void knowsWhichSessionHasTheLockByAQuorumAndTakesNothing() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        Lease unannounced = ((Acquired) await(lock().acquire(resource, lease.token()), SETTINGS.nodeTimeout())).lease();
        Resource free = Resources.next();
        hang(0, 1);

        assertThat(hasLock(resource, unannounced.token())).isTrue();
        assertThat(hasLock(resource, lease.token())).as("it may come back").isTrue();
        assertThat(hasLock(resource, "another")).isFalse();
        assertThat(hasLock(free, lease.token())).isFalse();
        assertThat(cluster.nodes).extracting(node -> node.launched(free)).containsOnlyNulls();

        hang(2);
        assertThat(hasLock(resource, unannounced.token())).isFalse();
    }

    @Test
    void doesNotTakeASessionThatHasEndedForTheOneThatHasTheLock() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        lock().leave(lease);
        cluster.pass(ROUND_TRIP);
        assertThat(hasLock(resource, lease.token())).isTrue();

        await(lock().release(resource, lease.token()), LONG);

        assertThat(hasLock(resource, lease.token())).isFalse();
    }

    @Test
    void tellsALeaseThatGoesOnFromANewOne() {
        Lease lease = ((Acquired) await(acquire(), TO_ACQUIRE)).lease();
        Lease resumed = ((Acquired) await(lock().acquire(resource, lease.token()), SETTINGS.nodeTimeout())).lease();
        cluster.pass(SETTINGS.ttl());
        Lease tooLate = ((Acquired) await(lock().acquire(resource, resumed.token()), SETTINGS.nodeTimeout())).lease();

        assertThat(lease.isResumed()).isFalse();
        assertThat(resumed.isResumed()).isTrue();
        assertThat(tooLate.isResumed()).isFalse();
    }

    @Test
    void countsWhatAQuorumHasAsLaunched() {
        Resource minority = Resources.next();
        cluster.nodes.subList(0, 3).forEach(node -> node.acquire(resource, "a", null, LONG, NOW.plusMillis(3)));
        cluster.nodes.get(1).acquire(Resources.next(), "a", null, LONG, NOW);
        cluster.nodes.subList(0, 2).forEach(node -> node.acquire(minority, "a", null, LONG, NOW));

        assertThat(await(lock().launched(List.of(minority, resource)), ROUND_TRIP))
                .containsOnlyKeys(resource)
                .containsValue(NOW.plusMillis(3));
    }

    @Test
    void doesNotSayThatNothingIsLaunchedWhenNoQuorumAnswers() {
        hang(0, 1, 2);

        CompletionStage<?> launched = lock().launched(List.of(resource));

        assertThatThrownBy(() -> await(launched, SETTINGS.nodeTimeout()))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(QuorumUnavailableException.class)
                .hasMessageContaining("node-0: no answer within 250 ms");
    }

    @Test
    void undoesNothingWhereItWasRefused() {
        cluster.nodes.forEach(node -> node.acquire(resource, "a", null, LONG, NOW));
        List<String> operations = new ArrayList<>();
        RedLock lock = new RedLock(
                instance.links(), SETTINGS, instance, (node, operation, took, failure) -> operations.add(operation));

        await(lock.acquire(resource, null), Duration.ofMillis(10));

        assertThat(operations).filteredOn("undo"::equals).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void tellsAListenerHowEachCallEnded() {
        List<String> heard = new ArrayList<>();
        RedLock lock = new RedLock(
                instance.links().subList(0, 1),
                SETTINGS,
                instance,
                (node, operation, took, failure) -> heard.add(node + " " + operation + " " + took.toMillis()));

        await(lock.ping(), ROUND_TRIP);
        await(lock.launched(List.of(resource)), ROUND_TRIP);

        assertThat(heard).containsExactly("node-0 ping 2", "node-0 launched 2");
    }

    private CompletionStage<Attempt> acquire() {
        return lock().acquire(resource, null);
    }

    final boolean hasLock(Resource of, String token) {
        return await(lock().hasLock(of, token), SETTINGS.nodeTimeout());
    }

    private void hang(int... hanging) {
        for (int node : hanging) {
            cluster.nodes.get(node).crash(false, LONG.toNanos());
        }
    }

    final <T> T await(CompletionStage<T> stage, Duration atMost) {
        return cluster.await(stage, atMost);
    }
}

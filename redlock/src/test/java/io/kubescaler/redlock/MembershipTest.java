package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.redlock.Attempt.Acquired;
import io.kubescaler.redlock.Attempt.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MembershipTest {

    private static final RedLockSettings SETTINGS = RedLockSettings.defaults();
    private static final Duration TTL = SETTINGS.ttl();
    private static final Duration FORGOTTEN = TTL.multipliedBy(2).plus(SETTINGS.refreshEvery());
    private static final Duration DAY = Duration.ofDays(1);

    private final SimulatedCluster cluster = new SimulatedCluster(5, SETTINGS);

    @Test
    void refusesAListThatDiffersByMoreThanOneMaster() {
        SimulatedInstance old = cluster.newInstance(3);
        SimulatedInstance tooMany = cluster.newInstance(5);
        SimulatedInstance swapped = cluster.create();
        cluster.start(swapped, 0, 1, 3);

        assertThat(refusal(tooMany))
                .isEqualTo(
                        "other instances use the masters node-0, node-1, node-2; this one has node-0, node-1, node-2,"
                                + " node-3, node-4, and two lists may differ by one master only"
                                + " (docs/operations.md, \"Adding and removing masters\")");
        assertThat(refusal(swapped)).contains("this one has node-0, node-1, node-3");
        assertThat(tooMany.lock().refusal()).isEqualTo(refusal(tooMany));
        assertAdmitted(old);
        assertThat(old.lock().refusal()).isNull();
    }

    /** Without the rule, the quorums {0, 1} and {2, 3, 4} both grant the lock. */
    @Test
    void twoListsDoNotShareALockThoughAMasterWasAwayForAMoment() {
        SimulatedInstance old = cluster.newInstance(3);
        SimulatedInstance other = cluster.newInstance(5);
        Resource resource = Resources.next();
        cluster.nodes.get(2).crash(false, Duration.ofMillis(100).toNanos());
        Attempt first = cluster.await(old.lock().acquire(resource, null), Duration.ofSeconds(1));

        Attempt second = cluster.await(other.lock().acquire(resource, null), Duration.ofSeconds(1));

        assertThat(first).isInstanceOf(Acquired.class);
        assertThat(second).isInstanceOf(Unavailable.class);
    }

    @Test
    void goesFromThreeMastersToFiveAndBackOneByOne() {
        SimulatedInstance one = cluster.newInstance(3);
        SimulatedInstance two = cluster.newInstance(3);

        for (int masters : new int[] {4, 5, 4, 3}) {
            restart(one, masters);
            assertAdmitted(one);
            assertAdmitted(two);
            restart(two, masters);
            assertAdmitted(two);
            cluster.pass(FORGOTTEN);
            assertAdmitted(one);
        }
    }

    @Test
    void waitsUntilTheListBeforeTheLastIsForgotten() {
        SimulatedInstance instance = cluster.newInstance(3);
        restart(instance, 4);
        restart(instance, 5);
        assertThat(refusal(instance)).contains("other instances use the masters node-0, node-1, node-2;");

        cluster.pass(FORGOTTEN);

        assertAdmitted(instance);
    }

    @Test
    void aRefusedNewcomerDisturbsNobody() {
        SimulatedInstance running = cluster.newInstance(3);
        List<LossReason> losses = new ArrayList<>();
        Acquired acquired = (Acquired) acquire(running);
        running.keeper().keep(acquired.lease(), losses::add);
        cluster.nodes.get(0).crash(false, Duration.ofSeconds(30).toNanos());
        cluster.newInstance(5);

        for (int i = 0; i < 10; i++) {
            cluster.pass(TTL);
            assertAdmitted(running);
        }

        assertThat(losses).isEmpty();
        SimulatedInstance four = cluster.newInstance(4);
        assertAdmitted(four);
    }

    @Test
    void onlyOneOfTwoListsThatStartInTheSameMomentIsAdmitted() {
        SimulatedInstance three = cluster.create();
        SimulatedInstance five = cluster.create();
        cluster.start(three, 0, 1, 2);
        cluster.start(five, 0, 1, 2, 3, 4);

        for (int i = 0; i < 100; i++) {
            cluster.pass(Duration.ofSeconds(7));
            assertThat(three.lock().isAdmitted() && five.lock().isAdmitted()).isFalse();
        }

        assertThat(three.lock().isAdmitted() || five.lock().isAdmitted()).isTrue();
    }

    @Test
    void endsItsLeasesBeforeTheMastersForgetItsList() {
        SimulatedInstance running = cluster.newInstance(3);
        List<LossReason> losses = new ArrayList<>();
        Lease lease = ((Acquired) acquire(running)).lease();
        running.keeper().keep(lease, losses::add);
        running.stopFor(TTL.multipliedBy(3).toNanos());
        cluster.pass(TTL.multipliedBy(2).plusSeconds(1));
        SimulatedInstance five = cluster.newInstance(5);
        assertAdmitted(five);

        cluster.pass(TTL.plusSeconds(10));

        assertThat(lease.isValid()).isFalse();
        assertThat(losses).containsExactly(LossReason.EXPIRED);
        assertThat(refusal(running)).contains("node-3, node-4");
        assertAdmitted(five);
    }

    @Test
    void doesNotExtendALeaseWhileItIsNotAdmitted() {
        SimulatedInstance running = cluster.newInstance(3);
        Lease lease = ((Acquired) acquire(running)).lease();
        running.keeper().keep(lease, reason -> {});
        cluster.nodes.forEach(node -> node.replaceLists("another", DAY));
        cluster.pass(TTL.multipliedBy(2));

        assertThat(running.lock().isAdmitted()).isFalse();
        assertThat(lease.isValid()).isFalse();
    }

    @Test
    void undoesAnAcquisitionDuringWhichItsAdmissionEnded() {
        SimulatedInstance running = cluster.newInstance(3);
        cluster.nodes.forEach(node -> node.replaceLists("another", DAY));
        cluster.pass(SETTINGS.usable().minusMillis(100));

        Resource resource = Resources.next();
        CompletionStage<Attempt> last = running.lock().acquire(resource, null);
        for (int i = 0; i < 200 && running.lock().isAdmitted(); i++) {
            resource = Resources.next();
            last = running.lock().acquire(resource, null);
            cluster.pass(SimulatedCluster.LATENCY);
        }
        Resource late = resource;

        assertThat(cluster.await(last, Duration.ofSeconds(1))).isInstanceOf(Unavailable.class);
        assertThat(cluster.nodes).extracting(node -> node.launched(late)).containsOnlyNulls();
    }

    @Test
    void isAdmittedAgainAfterItWasStopped() {
        SimulatedInstance running = cluster.newInstance(3);
        running.stopFor(TTL.multipliedBy(3).toNanos());
        cluster.pass(TTL.multipliedBy(3).plusSeconds(3));

        assertAdmitted(running);
    }

    @Test
    void startsWithoutOneMasterIfTheListWasInUse() {
        SimulatedInstance instance = cluster.newInstance(3);
        cluster.pass(SETTINGS.refreshEvery());
        instance.stopFor(TTL.multipliedBy(4).toNanos());
        cluster.pass(TTL.multipliedBy(4));
        cluster.nodes.get(1).crash(false, DAY.toNanos());

        assertAdmitted(cluster.newInstance(3));
    }

    @Test
    void waitsForAllMastersIfTheListIsNew() {
        cluster.nodes.get(1).crash(false, TTL.toNanos());
        SimulatedInstance instance = cluster.newInstance(3);
        cluster.pass(SETTINGS.nodeTimeout());

        assertThat(refusal(instance))
                .isEqualTo("this list of masters was not in use before, so all of them have to answer once;"
                        + " node-1: no answer within 250 ms");
        cluster.pass(TTL);
        assertAdmitted(instance);
    }

    @Test
    void forgetsAListThatAnotherHasFollowed() {
        SimulatedInstance instance = cluster.newInstance(3);
        cluster.pass(FORGOTTEN);
        instance.stopFor(FORGOTTEN.multipliedBy(3).toNanos());
        cluster.pass(FORGOTTEN);
        SimulatedInstance five = cluster.newInstance(5);
        assertAdmitted(five);
        five.stopFor(FORGOTTEN.multipliedBy(2).toNanos());
        cluster.pass(FORGOTTEN);
        cluster.nodes.get(2).crash(false, DAY.toNanos());

        assertThat(refusal(cluster.newInstance(3))).contains("was not in use before");
    }

    @Test
    void theFirstAcquisitionWaitsForTheAdmission() {
        SimulatedInstance instance = cluster.create();
        cluster.start(instance, 0, 1, 2);

        assertThat(cluster.await(instance.lock().acquire(Resources.next(), null), Duration.ofMillis(8)))
                .isInstanceOf(Acquired.class);
    }

    private void restart(SimulatedInstance instance, int masters) {
        cluster.start(instance, IntStream.range(0, masters).toArray());
        cluster.pass(Duration.ofSeconds(1));
    }

    private void assertAdmitted(SimulatedInstance instance) {
        assertThat(acquire(instance)).isInstanceOf(Acquired.class);
    }

    private String refusal(SimulatedInstance instance) {
        return ((Unavailable) acquire(instance)).reason();
    }

    private Attempt acquire(SimulatedInstance instance) {
        return cluster.await(instance.lock().acquire(Resources.next(), null), Duration.ofSeconds(1));
    }
}

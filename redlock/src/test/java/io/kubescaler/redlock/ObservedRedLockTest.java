package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.redlock.Attempt.Acquired;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** All that a lock does, through a view of it. */
class ObservedRedLockTest extends RedLockTest {

    private final List<String> heard = new ArrayList<>();

    @Override
    RedLock lock() {
        return super.lock().observed((node, operation, took, failure) -> heard.add(node + " " + operation));
    }

    @Test
    void reportsTheCallsThroughItAndNoOthers() {
        await(super.lock().ping(), ROUND_TRIP);
        await(super.lock().acquire(Resources.next(), null), TO_ACQUIRE);
        assertThat(heard).isEmpty();

        await(lock().ping(), ROUND_TRIP);

        assertThat(heard)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 5)
                        .mapToObj(i -> "node-" + i + " ping")
                        .toList());
    }

    @Test
    void isAdmittedWithTheLock() {
        await(lock().acquire(resource, null), TO_ACQUIRE);

        assertThat(heard).hasSize(10).noneMatch(call -> call.endsWith("join"));
    }

    @Test
    void leavesItsLeasesToTheLockAndItsKeeper() {
        Lease kept = ((Acquired) await(lock().acquire(resource, null), TO_ACQUIRE)).lease();
        heard.clear();
        instance.keeper().keep(kept, reason -> {}, () -> true);
        cluster.pass(SETTINGS.ttl().multipliedBy(2));
        assertThat(kept.isValid()).isTrue();

        Lease resumed = ((Acquired) await(lock().acquire(resource, kept.token()), TO_ACQUIRE)).lease();
        heard.clear();
        super.lock().undo(resumed);
        cluster.pass(ROUND_TRIP);

        assertThat(hasLock(resource, kept.token())).isTrue();
        assertThat(heard).allMatch(call -> call.endsWith("extend"));
    }
}

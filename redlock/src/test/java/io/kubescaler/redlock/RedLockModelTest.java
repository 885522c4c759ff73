package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.redlock.LockModel.Flaw;
import io.kubescaler.redlock.LockModel.Outcome;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the lock in simulated time. A seed that fails is in the message; {@code -Dkubescaler.seed=} runs it alone, and
 * {@code -Dkubescaler.runs=} says how many are tried.
 */
class RedLockModelTest {

    private static final int RUNS = Integer.getInteger("kubescaler.runs", 1_000);

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void neverGivesAPairToTwoClientsAndAlwaysGivesItAgainAfterFaults(int nodes) {
        List<Outcome> outcomes = seeds().parallel()
                .mapToObj(seed -> run(seed, nodes, Flaw.NONE, true))
                .toList();
        System.out.printf(
                "%d nodes, %d runs: %,d acquired, %,d held, %,d unavailable, %,d lost, %,d faults%n",
                nodes,
                outcomes.size(),
                outcomes.stream().mapToInt(Outcome::acquired).sum(),
                outcomes.stream().mapToInt(Outcome::held).sum(),
                outcomes.stream().mapToInt(Outcome::unavailable).sum(),
                outcomes.stream().mapToInt(Outcome::lost).sum(),
                outcomes.stream().mapToInt(Outcome::faults).sum());
        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(outcome.violation()).isNull());
        assertThat(outcomes)
                .anySatisfy(outcome -> assertThat(outcome.acquired()).isPositive());
    }

    private static LongStream seeds() {
        Long only = Long.getLong("kubescaler.seed");
        return only == null ? LongStream.range(0, RUNS) : LongStream.of(only);
    }

    private static Outcome run(long seed, int nodes, Flaw flaw, boolean faulty) {
        return new LockModel(seed, nodes, flaw, faulty).run();
    }

    @ParameterizedTest
    @EnumSource(value = Flaw.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void findsWhatIsWrongOnPurpose(Flaw flaw) {
        long found = LongStream.range(0, RUNS)
                .parallel()
                .filter(s -> run(s, 3, flaw, true).violation() != null)
                .count();
        System.out.println(flaw + ": " + found + " of " + RUNS);
        assertThat(found).isPositive();
    }

    @Test
    void losesNoSessionWithoutFaults() {
        assertThat(LongStream.range(0, 100).mapToObj(seed -> run(seed, 3, Flaw.NONE, false)))
                .allSatisfy(outcome -> {
                    assertThat(outcome.violation()).isNull();
                    assertThat(outcome.unavailable()).isZero();
                });
    }
}

package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.redlock.LockModel.Flaw;
import io.kubescaler.redlock.LockModel.Outcome;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the lock in simulated time, each run from one seed. The message of a failure contains the seed.
 * {@code -Dkubescaler.seed=} runs one seed alone; {@code -Dkubescaler.runs=} sets the number of runs.
 */
class RedLockModelTest {

    private static final int RUNS = Integer.getInteger("kubescaler.runs", 1_000);

    @ParameterizedTest(name = "{0} nodes")
    @ValueSource(ints = {1, 3, 5})
    void neverGivesAPairToTwoClientsAndAlwaysGivesItAgainAfterFaults(int nodes) {
        List<Outcome> outcomes = seeds().parallel()
                .mapToObj(seed -> LockModel.withFaults(seed, nodes, Flaw.NONE).run())
                .toList();

        System.out.printf(
                "Model, %d nodes: %d runs, %d faults; %d acquired, %d held, %d unavailable, %d lost%n",
                nodes,
                outcomes.size(),
                sum(outcomes, Outcome::faults),
                sum(outcomes, Outcome::acquired),
                sum(outcomes, Outcome::held),
                sum(outcomes, Outcome::unavailable),
                sum(outcomes, Outcome::lost));
        assertThat(outcomes.stream().filter(outcome -> outcome.violation() != null))
                .isEmpty();
        assertThat(sum(outcomes, Outcome::acquired)).isGreaterThan(outcomes.size());
    }

    @ParameterizedTest(name = "{0} nodes")
    @ValueSource(ints = {1, 3, 5})
    void losesNoSessionAndRefusesNobodyWithoutFaults(int nodes) {
        assertThat(seeds().limit(50)
                        .mapToObj(seed -> LockModel.withoutFaults(seed, nodes).run()))
                .allSatisfy(outcome -> {
                    assertThat(outcome.violation()).isNull();
                    assertThat(outcome.unavailable()).isZero();
                    assertThat(outcome.expired()).isZero();
                });
    }

    private static LongStream seeds() {
        Long only = Long.getLong("kubescaler.seed");
        return only == null ? LongStream.range(0, RUNS) : LongStream.of(only);
    }

    private static int sum(List<Outcome> outcomes, ToIntFunction<Outcome> count) {
        return outcomes.stream().mapToInt(count).sum();
    }
}

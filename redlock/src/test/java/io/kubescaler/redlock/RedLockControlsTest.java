package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.redlock.LockModel.Flaw;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The model with deliberate errors. If the model stops finding one, the checker is broken. */
class RedLockControlsTest {

    private static final int RUNS = 300;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.MATCH_NONE,
            names = {"NONE", "EPOCH_.*"})
    void findsTwoValidLeases(Flaw flaw) {
        assertThat(runsWith("both valid", flaw)).isPositive();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "EPOCH_.*")
    void findsAnEpochThatDoesNotGrow(Flaw flaw) {
        assertThat(runsWith("epoch", flaw)).isPositive();
    }

    private static long runsWith(String violated, Flaw flaw) {
        long found = LongStream.range(0, RUNS)
                .parallel()
                .mapToObj(seed -> LockModel.withFaults(seed, 3, flaw).run().violation())
                .filter(violation -> violation != null && violation.startsWith(violated))
                .count();
        System.out.printf("Control %s: %d of %d runs with \"%s\"%n", flaw, found, RUNS, violated);
        return found;
    }
}

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
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void findsTwoValidLeases(Flaw flaw) {
        long found = LongStream.range(0, RUNS)
                .parallel()
                .mapToObj(seed -> LockModel.withFaults(seed, 3, flaw).run().violation())
                .filter(violation -> violation != null && violation.startsWith("both valid"))
                .count();

        System.out.printf("Control %s: %d of %d runs with two valid leases%n", flaw, found, RUNS);
        assertThat(found).isPositive();
    }
}

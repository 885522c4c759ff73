package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.stream.ChangedProgram;
import io.kubescaler.stream.ChangedProgram.Change;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The controls run seldom. So every build checks that each change still has its place. */
class AlterationIT {

    @ParameterizedTest
    @EnumSource
    void fitsTheSources(Alteration alteration) throws IOException {
        assertThat(Alteration.build(alteration)).isNotEmptyDirectory();
    }

    @Test
    void rejectsAChangeWithoutItsPlace() {
        Change change = new Change("redlock/src/main/java/io/kubescaler/redlock/Lease.java", "not there", "");

        assertThatThrownBy(() -> ChangedProgram.build("nowhere", List.of(change)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Lease.java does not contain this exactly once");
    }
}

package io.kubescaler.main.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestIdsTest {

    @Test
    void areMarkedRandomUuidsOfVersion8() {
        assertThat(Stream.generate(TestIds::next).limit(1000))
                .doesNotHaveDuplicates()
                .allMatch(TestIds::marks)
                .allMatch(id -> id.version() == 8 && id.variant() == 2)
                .allMatch(id -> id.toString().endsWith("-6b7374657374"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01234567-89ab-4cde-8abc-6b7374657374",
                "01234567-89ab-8cde-8abc-6b7374657375",
                "01234567-89ab-8cde-8abc-6b7374657474",
                "01234567-89ab-8cde-0abc-6b7374657374",
                "01234567-89ab-8cde-cabc-6b7374657374",
                "00000000-0000-0000-0000-000000000000"
            })
    void areNotMistakenForOthers(UUID id) {
        assertThat(TestIds.marks(id)).isFalse();
    }

    @Test
    void areNeverWhatARandomUuidIs() {
        assertThat(Stream.generate(UUID::randomUUID).limit(1000)).noneMatch(TestIds::marks);
    }
}

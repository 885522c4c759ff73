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
                .allMatch(id -> id.toString().startsWith("6b737465-7374-8"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "6b737465-7374-4abc-8abc-0123456789ab",
                "6b737465-7375-8abc-8abc-0123456789ab",
                "7b737465-7374-8abc-8abc-0123456789ab",
                "6b737465-7374-8abc-0abc-0123456789ab",
                "6b737465-7374-8abc-cabc-0123456789ab",
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

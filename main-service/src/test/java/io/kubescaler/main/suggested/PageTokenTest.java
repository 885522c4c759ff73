package io.kubescaler.main.suggested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.service.web.Refusal;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTokenTest {

    @Test
    void readsWhatItWrites() {
        assertThat(Stream.generate(UUID::randomUUID).limit(1000))
                .allMatch(id -> PageToken.read(PageToken.write(id)).equals(id));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "AAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAB",
                "AAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAA==",
                "AAAAAAAAAA+AAAAAAAAAAA",
                "AAAAAAAAAA AAAAAAAAAAA"
            })
    void refusesWhatItCannotHaveWritten(String token) {
        assertThatThrownBy(() -> PageToken.read(token))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("page: ");
    }
}

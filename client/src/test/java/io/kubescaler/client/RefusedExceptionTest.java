package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefusedExceptionTest {

    @ParameterizedTest
    @ValueSource(strings = {"Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-1", "1.5", ""})
    void aRetryAfterWithoutSecondsLeavesTheProblems(String retryAfter) {
        assertThat(refusal(503, "application/problem+json", "{\"retryAfter\":3}", retryAfter))
                .returns(Duration.ofSeconds(3), RefusedException::retryAfter);
        assertThat(refusal(503, "application/problem+json", "{\"retryAfter\":\"soon\"}", retryAfter))
                .returns(null, RefusedException::retryAfter);
    }

    @Test
    void aRetryAfterMayBeLongerThanALife() {
        assertThat(refusal(503, "text/plain", "", "999999999999999999"))
                .returns(Duration.ofSeconds(999_999_999_999_999_999L), RefusedException::retryAfter);
    }

    @ParameterizedTest
    @CsvSource({
        "application/problem+json, Full",
        "Application/Problem+JSON;charset=utf-8, Full",
        "application/problem+json ; charset=utf-8, Full",
        "application/problem+jsonx,",
        "application/json,"
    })
    void aProblemIsToldByItsMediaType(String type, String title) {
        assertThat(refusal(503, type, "{\"title\":\"Full\"}", "1")).returns(title, RefusedException::title);
    }

    @ParameterizedTest
    @CsvSource({"409, true", "429, true", "499, false", "500, true", "599, true", "600, false", "999, false"})
    void onlyAServersFailureMayPass(int status, boolean temporary) {
        assertThat(refusal(status, "text/plain", "", "1").isTemporary()).isEqualTo(temporary);
    }

    @Test
    void keepsEverythingWhenItIsSerialized() throws IOException, ClassNotFoundException {
        RefusedException refusal = refusal(
                409,
                "application/problem+json",
                "{\"type\":\"urn:t\",\"title\":\"Taken\",\"detail\":\"By another.\"}",
                "57");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(refusal);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat((RefusedException) in.readObject())
                    .hasMessage(refusal.getMessage())
                    .returns(409, RefusedException::status)
                    .returns("urn:t", RefusedException::type)
                    .returns("Taken", RefusedException::title)
                    .returns("By another.", RefusedException::detail)
                    .returns(Duration.ofSeconds(57), RefusedException::retryAfter)
                    .returns(refusal.headers(), RefusedException::headers)
                    .returns(refusal.body(), RefusedException::body);
        }
    }

    private static RefusedException refusal(int status, String contentType, String body, String retryAfter) {
        HttpHeaders headers = HttpHeaders.of(
                Map.of("Content-Type", List.of(contentType), "Retry-After", List.of(retryAfter)),
                (name, value) -> true);
        return RefusedException.of(
                URI.create("http://localhost/"), status, headers, body.getBytes(StandardCharsets.UTF_8));
    }
}

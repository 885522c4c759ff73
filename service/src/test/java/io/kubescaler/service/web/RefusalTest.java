package io.kubescaler.service.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.api.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class RefusalTest {

    private static final String ID = "0a1b2c3d-0000-4000-8000-00000000000F";

    @Test
    void hasTheTypeItsTitleAndWords() {
        Refusal refusal = Refusal.userUnknown(UUID.fromString(ID));

        assertThat(refusal.getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
        assertThat(refusal.getBody().getType()).isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(refusal.getBody().getTitle()).isEqualTo("Unknown user");
        assertThat(refusal.getBody().getDetail()).contains(ID.toLowerCase());
    }

    @Test
    void asksToComeBackAtTimesThatDiffer() {
        List<Refusal> refusals = Stream.generate(() -> Refusal.unavailable(ProblemType.FULL, "Full."))
                .limit(200)
                .toList();

        assertThat(refusals).allSatisfy(refusal -> {
            String header = refusal.getHeaders().getFirst("Retry-After");
            assertThat(Integer.parseInt(header)).isBetween(1, 3);
            assertThat(refusal.getBody().getProperties()).containsEntry("retryAfter", Long.valueOf(header));
        });
        assertThat(refusals)
                .extracting(refusal -> refusal.getHeaders().getFirst("Retry-After"))
                .contains("1", "3");
    }

    @Test
    void roundsTheTimeUntilAPairIsFreeUp() {
        Refusal refusal = Refusal.launchedElsewhere(Duration.ofMillis(1_001), Instant.EPOCH);

        assertThat(refusal.getHeaders().getFirst("Retry-After")).isEqualTo("2");
        assertThat(refusal.getBody().getProperties()).containsEntry("since", Instant.EPOCH);
    }

    @Test
    void namesNoMoreUnknownUsersThanAPersonReads() {
        List<UUID> unknown = Stream.generate(UUID::randomUUID).limit(12).toList();

        Refusal refusal = Refusal.usersUnknown(unknown);

        assertThat(refusal.getBody().getDetail())
                .contains(unknown.get(9).toString(), "and 2 more")
                .doesNotContain(unknown.get(10).toString());
        assertThat(refusal.getBody().getProperties()).containsEntry("unknown", unknown);
    }

    @Test
    void takesAnIdAsItIsWritten() {
        assertThat(Refusal.requireId("userId", ID)).isEqualTo(UUID.fromString(ID));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1-1-1-1-1", ID + "0", "0a1b2c3d-0000-4000-8000-00000000000", " " + ID})
    void namesTheFieldOfAMalformedId(String text) {
        assertThatThrownBy(() -> Refusal.requireId("userId", text)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
            assertThat(refusal.getBody().getDetail()).isEqualTo("userId: must be a UUID");
        });
    }
}

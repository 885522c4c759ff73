package io.kubescaler.stream.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.redisson.api.stream.StreamMessageId;

class PublicationsTest {

    private static final Map<String, StreamMessageId> THOUSAND = IntStream.range(0, 1_000)
            .boxed()
            .collect(Collectors.toMap(i -> "messages:" + i, i -> new StreamMessageId(i)));

    @Test
    void asksForSoManyProfilesAtOnceThatTheLargestMessagesFitIntoMemory() {
        assertThat(Publications.profilesPerRead(64_000)).isEqualTo((16 << 20) / (4 * 64_000));
        assertThat(Publications.profilesPerRead(1 << 30)).isEqualTo(1);
    }

    @Test
    void readsEveryProfileInOneOfThePartsOfAReadThatIsTooLarge() {
        List<Map<String, StreamMessageId>> parts = Publications.parts(THOUSAND, 64);

        assertThat(parts).hasSize(16).allSatisfy(part -> assertThat(part).hasSizeLessThanOrEqualTo(64));
        Map<String, StreamMessageId> together = new HashMap<>();
        parts.forEach(together::putAll);
        assertThat(together).isEqualTo(THOUSAND);
    }
}

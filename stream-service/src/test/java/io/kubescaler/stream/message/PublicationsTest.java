package io.kubescaler.stream.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.redisson.api.stream.StreamMessageId;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

class PublicationsTest {

    private static final Map<String, StreamMessageId> THOUSAND = IntStream.range(0, 1_000)
            .boxed()
            .collect(Collectors.toMap(i -> "messages:" + i, i -> new StreamMessageId(i)));

    private static final List<URI> MASTERS =
            List.of(URI.create("redis://:secret@redis-1:6379"), URI.create("redis://:secret@redis-2:6379"));

    @Test
    void refusesToUseAMasterBecauseNoOtherRedisIsNamed() {
        assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() -> Publications.ownRedis(null, MASTERS))
                .withMessageContaining("need a Redis of their own")
                .withMessageContaining("kubescaler.stream.messages.redis is not set");
    }

    @Test
    void refusesToUseAMasterThatIsNamed() {
        assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() -> Publications.ownRedis(URI.create("rediss://:secret@Redis-2:6379"), MASTERS))
                .withMessageContaining("need a Redis of their own")
                .withMessageContaining("is the master Redis-2:6379")
                .withMessageNotContaining("secret");
    }

    @Test
    void usesAnyOtherRedis() {
        for (String other : List.of("redis://redis-2:6380", "redis://redis-3:6379")) {
            URI redis = URI.create(other);
            assertThat(Publications.ownRedis(redis, MASTERS)).isEqualTo(redis);
        }
    }

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

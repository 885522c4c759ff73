package io.kubescaler.stream.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.stream.StreamSettings;
import io.kubescaler.stream.StreamSettings.Source;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** How many streams an instance accepts. */
class AdmissionTest {

    private static final long MEGABYTE = 1 << 20;
    private static final long MUCH = 1L << 40;
    private static final long MANY = 1_000_000;
    private static final DataSize BUFFER = DataSize.ofKilobytes(256);

    @Test
    void isLimitedByTheHeap() {
        assertThat(Admission.affordable(
                        30 * MEGABYTE,
                        1024 * MEGABYTE,
                        MUCH,
                        MANY,
                        DataSize.ofKilobytes(25),
                        DataSize.ofKilobytes(25),
                        BUFFER))
                .isEqualTo((int) (15 * MEGABYTE / 30_000));
    }

    @Test
    void isLimitedByTheMemoryOutsideOfTheHeapThatStalledClientsHold() {
        assertThat(Admission.affordable(
                        1024 * MEGABYTE,
                        100 * MEGABYTE,
                        MUCH,
                        MANY,
                        DataSize.ofBytes(25_000),
                        DataSize.ofBytes(25_000),
                        BUFFER))
                .isEqualTo((int) (50 * MEGABYTE / 51_000));
    }

    @Test
    void isLimitedByTheMemoryOfTheContainerWhichTheKernelsBuffersNeedToo() {
        assertThat(Admission.affordable(
                        256 * MEGABYTE,
                        1024 * MEGABYTE,
                        512 * MEGABYTE,
                        MANY,
                        DataSize.ofBytes(25_000),
                        DataSize.ofBytes(25_000),
                        BUFFER))
                .isEqualTo((int) (128 * MEGABYTE / (51_000 + BUFFER.toBytes())));
        assertThat(Admission.memory()).isPositive();
    }

    @Test
    void isLimitedByTheOpenFilesButForThoseOfTheProgramItself() {
        assertThat(Admission.affordable(
                        1024 * MEGABYTE,
                        1024 * MEGABYTE,
                        MUCH,
                        1_024,
                        DataSize.ofBytes(100),
                        DataSize.ofBytes(100),
                        BUFFER))
                .isEqualTo(768);
        assertThat(Admission.affordable(
                        1024 * MEGABYTE,
                        1024 * MEGABYTE,
                        MUCH,
                        100,
                        DataSize.ofBytes(100),
                        DataSize.ofBytes(100),
                        BUFFER))
                .as("at least one")
                .isEqualTo(1);
    }

    @Test
    void isLimitedByTheBytesPerSecondOfRandomMessages() {
        assertThat(Admission.streamsByBytes(settings(1_000), limits(25_000))).isEqualTo(2);
        assertThatThrownBy(() -> Admission.streamsByBytes(settings(1_000), limits(9_999)))
                .hasMessageContaining("kubescaler.stream.limits.bytes-per-second");
    }

    private static StreamSettings settings(int messageSize) {
        return new StreamSettings(
                "test",
                Source.RANDOM,
                DataSize.ofBytes(messageSize),
                Duration.ofMillis(100),
                Duration.ofSeconds(15),
                Duration.ofSeconds(60),
                DataSize.ofKilobytes(256));
    }

    private static LimitSettings limits(long bytesPerSecond) {
        return new LimitSettings(null, DataSize.ofBytes(bytesPerSecond));
    }
}

package io.kubescaler.stream;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The messages of this instance's streams, and how they are sent.
 *
 * @param instance the name of this instance, as clients see it
 * @param source where the messages come from
 * @param messageSize letters in the random text of a message
 * @param messageInterval the time from one message to the next
 * @param keepAlive how long a stream may be silent before the instance sends a comment
 * @param stallTimeout how long a client may read nothing before the instance closes its connection
 * @param socketBuffer bytes per client that the kernel may hold unread
 */
@Validated
@ConfigurationProperties("kubescaler.stream")
public record StreamSettings(
        @Pattern(regexp = "[A-Za-z0-9._:-]{1,253}") String instance,

        @DefaultValue("random") @NotNull Source source,
        @DefaultValue("25000B") @NotNull DataSize messageSize,
        @DefaultValue("100ms") @DurationMin(millis = 1) Duration messageInterval,
        @DefaultValue("15s") @DurationMin(millis = 100) Duration keepAlive,
        @DefaultValue("60s") @DurationMin(seconds = 1) Duration stallTimeout,
        @DefaultValue("256KB") @NotNull DataSize socketBuffer) {

    /** Where messages come from. */
    public enum Source {
        /** Random letters, the same for all streams of an instance. */
        RANDOM,
        /** Messages that applications publish for a profile, in a Redis Stream. */
        REDIS
    }

    /** An instance holds a message several times for every slow client, so messages must not be larger. */
    private static final DataSize LARGEST_MESSAGE = DataSize.ofMegabytes(1);

    public StreamSettings {
        if (messageSize.toBytes() < 1 || messageSize.compareTo(LARGEST_MESSAGE) > 0) {
            throw new IllegalArgumentException(
                    "kubescaler.stream.message-size must be from 1B to 1MB, but is " + messageSize);
        }
    }
}

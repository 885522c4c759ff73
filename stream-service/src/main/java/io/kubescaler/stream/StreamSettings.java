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
 * What the streams of this instance carry.
 *
 * @param instance the name of this instance, as clients see it
 * @param source where the messages come from
 * @param messageSize letters in the random text of a message
 * @param messageInterval the time from one message to the next
 * @param keepAlive how long a stream may be silent before it gets a comment
 * @param stallTimeout how long a client may take nothing at all before its connection is closed
 * @param socketBuffer what the kernel may hold of what one client has not taken yet
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
        /** What is published for a profile, in a Redis Stream. */
        REDIS
    }

    /** More than this in one message would be held several times over for every slow client. */
    private static final DataSize LARGEST_MESSAGE = DataSize.ofMegabytes(1);

    public StreamSettings {
        if (messageSize.toBytes() < 1 || messageSize.compareTo(LARGEST_MESSAGE) > 0) {
            throw new IllegalArgumentException("kubescaler.stream.message-size is from 1B to 1MB, not " + messageSize);
        }
    }
}

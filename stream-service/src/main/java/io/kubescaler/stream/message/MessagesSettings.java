package io.kubescaler.stream.message;

import io.kubescaler.redlock.redisson.RedisLogin;
import io.kubescaler.redlock.redisson.RedisTls;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Messages that applications publish for profiles.
 *
 * @param redis the Redis where they are published, redis:// or rediss://, the same for all instances; none of the
 *     masters that keep the locks
 * @param username the user of that Redis that the service is
 * @param password that user's password
 * @param kept how many messages per profile are kept for instances that read late; Redis may keep some more
 * @param largest the longest text of a message, in bytes of UTF-8
 * @param port the port for publishing alone; without one, the management port has it
 */
@Validated
@ConfigurationProperties("kubescaler.stream.messages")
public record MessagesSettings(
        @Nullable URI redis,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue("100") @Min(1) int kept,
        @DefaultValue("64KB") @NotNull DataSize largest,
        @Nullable @Min(1) @Max(65_535) Integer port) {

    /** Half of the largest request body that Spring's codecs accept. */
    private static final DataSize LARGEST = DataSize.ofKilobytes(128);

    public MessagesSettings {
        if (largest.toBytes() < 1 || largest.compareTo(LARGEST) > 0) {
            throw new IllegalArgumentException(
                    "kubescaler.stream.messages.largest must be from 1B to 128KB, but is " + largest);
        }
    }

    RedisLogin login(@Nullable RedisTls tls) {
        return new RedisLogin(username, password, tls);
    }
}

package io.kubescaler.access;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Which access tokens are accepted. All but the durations are for {@link AccessMode#TOKEN} only, which needs either
 * {@code jwks} or {@code key}.
 *
 * @param jwks where the issuer publishes its keys
 * @param key a file with its one public key, as PEM
 * @param issuer the issuer that a token must name
 * @param audience the audience that a token must name
 * @param clockSkew how far the clocks of the issuer and this instance may differ
 * @param grace how long a stream goes on after its token is no longer accepted
 */
@Validated
@ConfigurationProperties("kubescaler.access-token")
public record AccessTokenSettings(
        @Nullable URI jwks,
        @Nullable Path key,
        @Nullable String issuer,
        @Nullable String audience,

        @DefaultValue("30s") @DurationMin @DurationMax(minutes = 5)
        Duration clockSkew,

        @DefaultValue("30s") @DurationMin Duration grace) {

    /** Whether it has anything that is for {@link AccessMode#TOKEN} only. */
    boolean isSet() {
        return Stream.of(jwks, key, issuer, audience).anyMatch(Objects::nonNull);
    }
}

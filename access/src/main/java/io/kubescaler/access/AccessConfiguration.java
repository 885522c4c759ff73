package io.kubescaler.access;

import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** Reads who may call, and prepares the check of access tokens. Main and stream import it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({AccessSettings.class, AccessTokenSettings.class})
public class AccessConfiguration {

    private static final Logger log = LoggerFactory.getLogger(AccessConfiguration.class);

    private static final String MODE = "kubescaler.access";
    private static final String JWKS = "kubescaler.access-token.jwks";
    private static final String KEY = "kubescaler.access-token.key";

    AccessConfiguration(AccessSettings access, AccessTokenSettings token) {
        if (access.access() == AccessMode.TOKEN) {
            requireConsistent(token);
        } else if (token.isSet()) {
            throw new InvalidConfigurationPropertyValueException(
                    MODE,
                    access.access(),
                    "There are settings of access tokens (kubescaler.access-token), so it must be token.");
        } else {
            log.warn("Access is open: anybody who can reach this instance may open and end any stream"
                    + " (kubescaler.access=open)");
        }
    }

    private static void requireConsistent(AccessTokenSettings token) {
        if (token.jwks() == null && token.key() == null) {
            throw new InvalidConfigurationPropertyValueException(
                    MODE, AccessMode.TOKEN, "It needs keys: set either " + JWKS + " or " + KEY + ".");
        }
        if (token.jwks() != null && token.key() != null) {
            throw new InvalidConfigurationPropertyValueException(
                    JWKS, token.jwks(), "There is also " + KEY + "; set only one of them.");
        }
        requireText("kubescaler.access-token.issuer", token.issuer());
        requireText("kubescaler.access-token.audience", token.audience());
    }

    private static void requireText(String name, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new InvalidConfigurationPropertyValueException(name, value, "With kubescaler.access=token, set it.");
        }
    }

    @Bean
    @Conditional(TokenAccess.class)
    AccessTokens accessTokens(AccessTokenSettings settings) {
        URI jwks = settings.jwks();
        Path key = settings.key();
        JWSKeySelector<SecurityContext> keys = jwks == null ? keyFile(key) : publishedKeys(jwks);
        return new AccessTokens(keys, settings, InstantSource.system());
    }

    private static PublishedKeys publishedKeys(URI jwks) {
        try {
            PublishedKeys keys = new PublishedKeys(jwks);
            keys.read();
            return keys;
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(JWKS, jwks, e.getMessage());
        }
    }

    private static KeyFile keyFile(@Nullable Path key) {
        try {
            return KeyFile.read(String.valueOf(key));
        } catch (IOException e) {
            throw new InvalidConfigurationPropertyValueException(KEY, key, "This file cannot be read: " + e);
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(KEY, key, e.getMessage());
        }
    }
}

package io.kubescaler.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.net.MalformedURLException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that the issuer publishes (JWKS). They are read again when they are old, and when a token names a key that is
 * not among them. A call may wait for that; streams need no keys.
 */
final class PublishedKeys implements JWSKeySelector<SecurityContext> {

    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration READ = Duration.ofSeconds(2);
    private static final int LARGEST_BYTES = 100_000;

    /** A key that the issuer has withdrawn verifies new tokens for so long. */
    private static final Duration LIFE = Duration.ofMinutes(4);

    /** The last keys are accepted for so long while the issuer does not answer. */
    private static final Duration LONGEST_OUTAGE = Duration.ofHours(1);

    /** Tokens with invented keys make no more than two more readings in this time. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final JWKSelector ALL = new JWKSelector(new JWKMatcher.Builder().build());

    private final JWKSource<SecurityContext> source;

    /** @throws IllegalArgumentException with a sentence, if nothing can be read from such an address */
    PublishedKeys(URI jwks) {
        if (jwks.getHost() == null || !List.of("http", "https").contains(jwks.getScheme())) {
            throw new IllegalArgumentException("It must be an address of http or https.");
        }
        var reader = new DefaultResourceRetriever(
                Math.toIntExact(CONNECT.toMillis()), Math.toIntExact(READ.toMillis()), LARGEST_BYTES);
        try {
            source = JWKSourceBuilder.create(jwks.toURL(), reader)
                    .cache(LIFE.toMillis(), CONNECT.plus(READ).toMillis())
                    .refreshAheadCache(false)
                    .rateLimited(PAUSE.toMillis())
                    .outageTolerant(LONGEST_OUTAGE.toMillis())
                    .build();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("It must be an address of http or https.", e);
        }
    }

    /** @throws KeySourceException if the keys cannot be read */
    @Override
    public List<PublicKey> selectJWSKeys(JWSHeader header, @Nullable SecurityContext context)
            throws KeySourceException {
        JWKSelector fitting = new JWKSelector(JWKMatcher.forJWSHeader(header));
        List<JWK> found = fitting.select(new JWKSet(source.get(ALL, context)));
        if (found.isEmpty()) {
            try {
                found = source.get(fitting, context);
            } catch (RateLimitReachedException e) {
                return List.of(); // They were read just now.
            }
        }
        List<PublicKey> keys = new ArrayList<>();
        for (JWK one : found) {
            PublicKey key = publicKey(one);
            if (key != null && header.getAlgorithm().equals(Algorithms.fitting(key))) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static @Nullable PublicKey publicKey(JWK key) {
        try {
            if (key instanceof RSAKey rsa) {
                return rsa.toPublicKey();
            }
            if (key instanceof ECKey ec) {
                return ec.toPublicKey();
            }
            return key instanceof OctetKeyPair pair ? Ed25519Verifier.key(pair.getDecodedX()) : null;
        } catch (JOSEException | GeneralSecurityException e) {
            return null; // a key that no token can be signed with
        }
    }
}

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
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetSourceWrapper;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.jwk.source.URLBasedJWKSetSource;
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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that the issuer publishes (JWKS). They are read again when they are old, which no call waits for, and when a
 * token names a key that is not among them. One call waits for that; others with such tokens are rejected meanwhile.
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

    /** For a call while another one reads the keys. */
    private static final long NO_WAITING = 0;

    private static final Logger log = LoggerFactory.getLogger(PublishedKeys.class);

    private final JWKSource<SecurityContext> source;
    /** Whether the last reading failed: then nobody knows whether a key is unknown to the issuer, too. */
    private volatile boolean unreadable;

    /** @throws IllegalArgumentException with a sentence, if nothing can be read from such an address */
    PublishedKeys(URI jwks) {
        this(jwks, LIFE, READ);
    }

    /**
     * @param life keys are read again when they are so old
     * @param patience how long a reading may wait for the issuer
     */
    PublishedKeys(URI jwks, Duration life, Duration patience) {
        if (jwks.getHost() == null || !List.of("http", "https").contains(jwks.getScheme())) {
            throw new IllegalArgumentException("It must be an address of http or https.");
        }
        var reader = new DefaultResourceRetriever(
                Math.toIntExact(CONNECT.toMillis()), Math.toIntExact(patience.toMillis()), LARGEST_BYTES);
        ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "access-keys");
            thread.setDaemon(true);
            return thread;
        });
        try {
            source = JWKSourceBuilder.create(new Readings(new URLBasedJWKSetSource<>(jwks.toURL(), reader)))
                    .cache(LONGEST_OUTAGE.toMillis(), NO_WAITING)
                    .refreshAheadCache(LONGEST_OUTAGE.minus(life).toMillis(), null, background, true, background, true)
                    .rateLimited(PAUSE.toMillis())
                    .build();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("It must be an address of http or https.", e);
        }
    }

    /** So that no call waits for the first keys, or is rejected meanwhile. Without an effect if the issuer does not answer. */
    void read() {
        try {
            source.get(ALL, null);
        } catch (KeySourceException e) {
            // It is logged, and the next call reads them.
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
                if (unreadable) {
                    throw e;
                }
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

    /** Logs each reading that fails, whoever waits for it. */
    private final class Readings extends JWKSetSourceWrapper<SecurityContext> {

        Readings(JWKSetSource<SecurityContext> issuer) {
            super(issuer);
        }

        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator old, long now, @Nullable SecurityContext context)
                throws KeySourceException {
            try {
                JWKSet keys = getSource().getJWKSet(old, now, context);
                unreadable = false;
                return keys;
            } catch (KeySourceException e) {
                unreadable = true;
                log.warn("The keys for access tokens cannot be read: {}", e.toString());
                throw e;
            }
        }
    }
}

package io.kubescaler.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.kubescaler.api.ProblemType;
import io.kubescaler.service.web.Refusal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/**
 * Checks access tokens: signed JWTs (RFC 7519, RFC 9068) whose {@code sub} is the user's id. A check may wait for the
 * issuer's keys.
 */
public final class AccessTokens implements AuthenticationManager {

    /** The cookie that has the token if the header {@code Authorization} has none. */
    public static final String COOKIE = "__Host-kubescaler";

    /** Of RFC 7519 and RFC 9068, as RFC 7515 shortens them, and in full. */
    private static final Set<JOSEObjectType> TYPES = Stream.of("JWT", "at+jwt", "application/jwt", "application/at+jwt")
            .map(JOSEObjectType::new)
            .collect(Collectors.toUnmodifiableSet());

    /** A signature costs up to a millisecond of CPU; so one that was verified counts for so long. */
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private static final int MOST_REMEMBERED = 10_000;

    private final DefaultJWTProcessor<SecurityContext> signatures = new DefaultJWTProcessor<>();
    private final AccessTokenSettings settings;
    private final InstantSource clock;
    /** By a hash: a token itself is kept nowhere. */
    private final Cache<String, Caller> accepted;

    AccessTokens(JWSKeySelector<SecurityContext> keys, AccessTokenSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        accepted = Caffeine.newBuilder()
                .maximumSize(MOST_REMEMBERED)
                .expireAfterWrite(REMEMBERED)
                .build();
        // Type and claims are checked here, for words of our own.
        signatures.setJWSTypeVerifier((type, context) -> {});
        signatures.setJWSKeySelector(keys);
        signatures.setJWSVerifierFactory(new Algorithms());
        signatures.setJWTClaimsSetVerifier(null);
    }

    @Override
    public Caller authenticate(Authentication request) {
        return caller(((BearerTokenAuthenticationToken) request).getToken());
    }

    /** @throws UnidentifiedException if the token is not accepted, or the keys cannot be read */
    Caller caller(String token) {
        String hash = hash(token);
        Caller known = accepted.getIfPresent(hash);
        if (known != null && clock.instant().isBefore(known.until())) {
            return known;
        }
        Caller verified = verified(token);
        accepted.put(hash, verified);
        return verified;
    }

    private static String hash(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** The check of a token that is not remembered. */
    Caller verified(String token) {
        SignedJWT signed = parse(token);
        JWTClaimsSet claims = claims(signed);
        Instant now = clock.instant();
        Date expires = claims.getExpirationTime();
        if (expires == null) {
            throw rejected("The access token never expires; it needs exp.");
        }
        Instant until = expires.toInstant().plus(settings.clockSkew());
        if (!now.isBefore(until)) {
            throw rejected("The access token has expired.");
        }
        // As it was sent: a date that is too late for a Date would be one in the past.
        if (signed.getPayload().toJSONObject().get("nbf") instanceof Number from
                && from.doubleValue() > now.plus(settings.clockSkew()).getEpochSecond()) {
            throw rejected("The access token is not valid yet.");
        }
        if (!String.valueOf(settings.issuer()).equals(claims.getIssuer())) {
            throw rejected("The access token is from another issuer.");
        }
        if (!claims.getAudience().contains(settings.audience())) {
            throw rejected("The access token is for another audience.");
        }
        String user = claims.getSubject();
        if (user == null || user.isEmpty()) {
            throw rejected("The access token names no user; it needs sub.");
        }
        return new Caller(user, scopes(claims), until);
    }

    private static SignedJWT parse(String token) {
        JWT parsed;
        try {
            parsed = JWTParser.parse(token);
        } catch (ParseException | IllegalArgumentException e) {
            throw rejected("The access token is no JWT.");
        }
        if (parsed instanceof PlainJWT) {
            throw rejected("The access token is not signed.");
        }
        if (!(parsed instanceof SignedJWT signed)
                || !Algorithms.ACCEPTED.contains(signed.getHeader().getAlgorithm())) {
            throw rejected("The access token must be signed with RS256, ES256 or EdDSA.");
        }
        JOSEObjectType type = signed.getHeader().getType();
        if (type != null && !TYPES.contains(type)) {
            throw rejected("The access token must be of the type JWT or at+jwt.");
        }
        return signed;
    }

    private JWTClaimsSet claims(SignedJWT token) {
        try {
            return signatures.process(token, null);
        } catch (KeySourceException e) {
            throw new UnidentifiedException(
                    Refusal.unavailable(ProblemType.KEYS_UNAVAILABLE, "The access token cannot be checked now.", e));
        } catch (BadJWTException | JOSEException e) {
            throw rejected("The access token has no readable claims, or no readable signature.");
        } catch (BadJOSEException e) {
            throw rejected("The access token is not signed with a key that is accepted here.");
        }
    }

    private static Set<String> scopes(JWTClaimsSet claims) {
        return claims.getClaim("scope") instanceof String scopes ? new HashSet<>(List.of(scopes.split(" "))) : Set.of();
    }

    private static UnidentifiedException rejected(String detail) {
        return new UnidentifiedException(Refusal.unidentified(detail));
    }
}

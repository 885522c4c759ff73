package io.kubescaler.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kubescaler.backing.Issuer;
import io.kubescaler.service.web.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokensTest {

    private static final Issuer ISSUER = Issuer.rs256("one");
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final UUID USER = UUID.randomUUID();

    @ParameterizedTest
    @MethodSource("issuers")
    void acceptsEachAlgorithm(Issuer issuer) {
        Caller caller = tokens(issuer).caller(issuer.token(claims()));

        assertThat(caller.user()).isEqualTo(USER.toString());
        assertThat(caller.isAdmin()).isFalse();
        assertThat(caller.until()).isEqualTo(NOW.plusSeconds(60 + 30));
        caller.requireOwn(USER.toString());
    }

    static Stream<Issuer> issuers() {
        return Stream.of(ISSUER, Issuer.es256(), Issuer.edDsa());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bad")
    void rejectsEveryBadToken(String kind, String token, String words) {
        Refusal refusal = refusal(tokens(ISSUER), token);

        assertThat(refusal.getStatusCode().value()).isEqualTo(401);
        assertThat(refusal.getBody().getDetail()).contains(words);
        assertThat(refusal.getHeaders().getFirst("WWW-Authenticate"))
                .startsWith("Bearer error=\"invalid_token\", error_description=\"")
                .contains(words);
    }

    static Stream<Arguments> bad() {
        String good = ISSUER.token(claims());
        String[] parts = good.split("\\.");
        return Stream.of(
                arguments("garbage", "garbage", "no JWT"),
                arguments("three parts of garbage", "a.b.c", "no JWT"),
                arguments("alg none", Issuer.unsigned(claims()), "not signed"),
                arguments("without its signature", parts[0] + "." + parts[1] + ".", "no JWT"),
                arguments(
                        "another's payload", parts[0] + "." + otherPayload() + "." + parts[2], "not signed with a key"),
                arguments("another key", Issuer.rs256("one").token(claims()), "not signed with a key"),
                arguments("another kind of key", Issuer.es256().token(claims()), "not signed with a key"),
                arguments(
                        "an algorithm that is not accepted", ISSUER.token("RS512", claims()), "RS256, ES256 or EdDSA"),
                arguments("the public key as a secret", ISSUER.token("HS256", claims()), "RS256, ES256 or EdDSA"),
                arguments(
                        "another algorithm than its signature",
                        ISSUER.token("ES256", claims()),
                        "not signed with a key"),
                arguments("expired", with("exp", NOW.getEpochSecond() - 30), "expired"),
                arguments("never expires", with("exp", null), "never expires"),
                arguments("not yet valid", with("nbf", NOW.getEpochSecond() + 31), "not valid yet"),
                arguments("another issuer", with("iss", "https://other.test"), "another issuer"),
                arguments("without an issuer", with("iss", null), "another issuer"),
                arguments("another audience", with("aud", "other"), "another audience"),
                arguments("without an audience", with("aud", null), "another audience"),
                arguments("without a user", with("sub", null), "names no user"),
                arguments("a text as its time", with("exp", "tomorrow"), "no readable claims"),
                // 2^64 / 1000: as milliseconds, it would be the beginning of 1970 in a long.
                arguments("valid in ages", with("nbf", 18_446_744_073_709_552L), "not valid yet"),
                arguments("valid when no clock counts any more", with("nbf", 1e30), "not valid yet"),
                arguments("another type", ISSUER.typed("logout+jwt", claims()), "type JWT or at+jwt"));
    }

    /** RFC 7515 leaves out the "application/" of a media type, but an issuer may not. */
    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "at+jwt", "application/jwt", "application/at+jwt", "Application/AT+JWT"})
    void acceptsTheTypesOfAccessTokens(String type) {
        assertThat(tokens(ISSUER).caller(ISSUER.typed(type, claims())).user()).isEqualTo(USER.toString());
    }

    @Test
    void allowsForClocksThatDiffer() {
        assertThat(tokens(ISSUER).caller(with("exp", NOW.getEpochSecond() - 29)).until())
                .isEqualTo(NOW.plusSeconds(1));
        tokens(ISSUER).caller(with("nbf", NOW.getEpochSecond() + 30));
    }

    @Test
    void aTokenThatItRemembersExpires() {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        AccessTokens tokens = new AccessTokens(KeyFile.parse(ISSUER.pem()), settings(), now::get);
        String token = with("exp", NOW.plusSeconds(60).getEpochSecond());
        tokens.caller(token);
        now.set(NOW.plusSeconds(89));
        tokens.caller(token);
        now.set(NOW.plusSeconds(90));

        assertThat(refusal(tokens, token).getBody().getDetail()).contains("expired");
    }

    @ParameterizedTest
    @MethodSource("permissions")
    void allowsByUserAndScope(String scope, boolean own, boolean others, boolean publishing, boolean all) {
        Map<String, Object> claims = claims();
        claims.put("scope", scope);
        Caller caller = tokens(ISSUER).caller(ISSUER.token(claims));

        allows(own, caller, it -> it.requireOwn(USER.toString()));
        allows(others, caller, it -> it.requireOwn(UUID.randomUUID().toString()));
        allows(others, caller, it -> it.requireOwn(null));
        allows(publishing, caller, Caller::requirePublisher);
        allows(all, caller, Caller::requireAdmin);
    }

    static Stream<Arguments> permissions() {
        return Stream.of(
                arguments("stream", true, false, false, false),
                arguments("openid stream email", true, false, false, false),
                arguments("publish", false, false, true, false),
                arguments("stream publish", true, false, true, false),
                arguments("admin", true, true, true, true),
                arguments("stream admin", true, true, true, true),
                arguments("openid", false, false, false, false),
                arguments("administrator streams publisher", false, false, false, false),
                arguments("", false, false, false, false));
    }

    @Test
    void comparesUsersAsIds() {
        Map<String, Object> claims = claims();
        claims.put("sub", USER.toString().toUpperCase(Locale.ROOT));
        Caller caller = tokens(ISSUER).caller(ISSUER.token(claims));

        allows(true, caller, it -> it.requireOwn(USER.toString()));
        allows(true, caller, it -> it.requireOwn(claims.get("sub")));
        allows(false, caller, it -> it.requireOwn(UUID.randomUUID().toString()));
        allows(false, caller("x"), it -> it.requireOwn("x"));
    }

    private static Caller caller(String user) {
        return new Caller(user, Set.of(Caller.STREAM), NOW);
    }

    private static void allows(boolean allowed, Caller caller, Consumer<Caller> call) {
        if (allowed) {
            call.accept(caller);
        } else {
            assertThatThrownBy(() -> call.accept(caller)).isInstanceOfSatisfying(NotAllowedException.class, denied -> {
                Refusal refusal = Rejections.of(denied);
                assertThat(refusal.getStatusCode().value()).isEqualTo(403);
                assertThat(refusal.getHeaders().getFirst("WWW-Authenticate"))
                        .startsWith("Bearer error=\"insufficient_scope\"");
            });
        }
    }

    static Refusal refusal(AccessTokens tokens, String token) {
        UnidentifiedException failure = catchThrowableOfType(UnidentifiedException.class, () -> tokens.caller(token));
        assertThat(failure).isNotNull();
        return Rejections.of(failure);
    }

    private static String otherPayload() {
        return Issuer.unsigned(Map.of("sub", UUID.randomUUID().toString())).split("\\.")[1];
    }

    private static String with(String claim, @Nullable Object value) {
        Map<String, Object> claims = claims();
        if (value == null) {
            claims.remove(claim);
        } else {
            claims.put(claim, value);
        }
        return ISSUER.token(claims);
    }

    /** Of a token that is good for a minute. */
    private static Map<String, Object> claims() {
        Map<String, Object> claims = new HashMap<>(Issuer.claims(USER, "stream", Duration.ZERO));
        claims.put("exp", NOW.plusSeconds(60).getEpochSecond());
        return claims;
    }

    private static AccessTokens tokens(Issuer issuer) {
        return new AccessTokens(KeyFile.parse(issuer.pem()), settings(), InstantSource.fixed(NOW));
    }

    static AccessTokenSettings settings() {
        Duration half = Duration.ofSeconds(30);
        return new AccessTokenSettings(null, null, Issuer.NAME, Issuer.AUDIENCE, half, half);
    }

    @Test
    void acceptsNoKeyThatIsWeakOrPrivate() {
        for (String file : List.of(Issuer.weakRs256().pem(), ISSUER.privatePem(), "", "-----BEGIN PUBLIC KEY-----")) {
            assertThatThrownBy(() -> KeyFile.parse(file)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}

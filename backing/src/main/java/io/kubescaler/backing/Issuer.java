package io.kubescaler.backing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Issues access tokens for tests, with a key of its own. Its name is {@value #NAME}, its audience {@value #AUDIENCE}. */
public final class Issuer {

    public static final String NAME = "https://issuer.test";
    public static final String AUDIENCE = "kubescaler-test";

    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private final String algorithm;
    private final String signature;
    private final String id;
    private final KeyPair keys;

    private Issuer(String algorithm, String signature, String id, KeyPairGenerator keys) {
        this.algorithm = algorithm;
        this.signature = signature;
        this.id = id;
        this.keys = keys.generateKeyPair();
    }

    /** With a key of RSA. @param id of the key */
    public static Issuer rs256(String id) {
        return new Issuer("RS256", "SHA256withRSA", id, generator("RSA", 2048));
    }

    public static Issuer weakRs256() {
        return new Issuer("RS256", "SHA256withRSA", "weak", generator("RSA", 1024));
    }

    public static Issuer es256() {
        return new Issuer("ES256", "SHA256withECDSAinP1363Format", "ec", generator("EC", 256));
    }

    public static Issuer edDsa() {
        return new Issuer("EdDSA", "Ed25519", "ed", generator("Ed25519", 255));
    }

    private static KeyPairGenerator generator(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The claims of a good token, to change some. */
    public static Map<String, Object> claims(Object user, String scope, Duration life) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", NAME);
        claims.put("aud", AUDIENCE);
        claims.put("sub", user.toString());
        claims.put("scope", scope);
        claims.put("exp", Instant.now().plus(life).getEpochSecond());
        return claims;
    }

    /** A token that is good for an hour. */
    public String token(Object user, String scope) {
        return token(claims(user, scope, Duration.ofHours(1)));
    }

    public String token(Map<String, Object> claims) {
        return token(algorithm, claims);
    }

    /** A token whose header names another algorithm than that of its signature. */
    public String token(String named, Map<String, Object> claims) {
        return signed(Map.of("alg", named, "kid", id), claims);
    }

    /** A token whose header says of what type it is. */
    public String typed(String type, Map<String, Object> claims) {
        return signed(Map.of("alg", algorithm, "kid", id, "typ", type), claims);
    }

    private String signed(Map<String, Object> header, Map<String, Object> claims) {
        String signed = encode(json(header)) + "." + encode(json(claims));
        return signed + "." + URL.encodeToString(sign(signed));
    }

    /** A token without a signature. */
    public static String unsigned(Map<String, Object> claims) {
        return encode(json(Map.of("alg", "none"))) + "." + encode(json(claims)) + ".";
    }

    /** Tokens of an administrator that are good but for one thing each. */
    public List<String> badTokens() {
        Map<String, Object> claims = claims("operator", "admin", Duration.ofHours(1));
        return List.of(
                "garbage",
                unsigned(claims),
                rs256(id).token(claims),
                token("HS256", claims),
                token(with(claims, "nbf", claims.get("exp"))),
                token(with(claims, "aud", "another")),
                token(with(claims, "iss", "another")));
    }

    private static Map<String, Object> with(Map<String, Object> claims, String name, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(claims);
        changed.put(name, value);
        return changed;
    }

    private byte[] sign(String text) {
        try {
            Signature signer = Signature.getInstance(signature);
            signer.initSign(keys.getPrivate());
            signer.update(text.getBytes(StandardCharsets.US_ASCII));
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The public key as PEM. */
    public String pem() {
        return pem("PUBLIC", keys.getPublic().getEncoded());
    }

    public String privatePem() {
        return pem("PRIVATE", keys.getPrivate().getEncoded());
    }

    private static String pem(String kind, byte[] key) {
        return "-----BEGIN " + kind + " KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)
                + "\n-----END " + kind + " KEY-----\n";
    }

    /** Writes the public key to a new file, and returns the settings with which a service accepts its tokens. */
    public Map<String, String> settings() throws IOException {
        Path file = Files.createTempFile("issuer", ".pem");
        file.toFile().deleteOnExit();
        Files.writeString(file, pem());
        Map<String, String> settings = new LinkedHashMap<>(settingsWithoutKeys());
        settings.put("kubescaler.access-token.key", file.toString());
        return settings;
    }

    public static Map<String, String> settingsWithoutKeys() {
        return Map.of(
                "kubescaler.access", "token",
                "kubescaler.access-token.issuer", NAME,
                "kubescaler.access-token.audience", AUDIENCE);
    }

    /** The public key, of RSA or Ed25519, as JSON (RFC 7517). */
    public String jwk() {
        if (keys.getPublic() instanceof RSAPublicKey rsa) {
            return json(Map.of(
                    "kty",
                    "RSA",
                    "kid",
                    id,
                    "n",
                    URL.encodeToString(unsigned(rsa.getModulus().toByteArray())),
                    "e",
                    URL.encodeToString(rsa.getPublicExponent().toByteArray())));
        }
        byte[] encoded = keys.getPublic().getEncoded();
        byte[] x = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
        return json(Map.of("kty", "OKP", "crv", "Ed25519", "kid", id, "x", URL.encodeToString(x)));
    }

    private static byte[] unsigned(byte[] number) {
        return number[0] == 0 ? Arrays.copyOfRange(number, 1, number.length) : number;
    }

    private static String encode(String text) {
        return URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Of texts and numbers that need no escapes. */
    private static String json(Map<String, Object> fields) {
        return fields.entrySet().stream()
                .map(field -> "\"" + field.getKey() + "\":"
                        + (field.getValue() instanceof String text ? "\"" + text + "\"" : field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }
}

package io.kubescaler.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/** The key with which this platform's access tokens are signed. It stays in the data folder. */
final class AccessKey {

    private static final String ISSUER = "kubescaler-local";
    private static final String AUDIENCE = "kubescaler";

    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final ECKey key;
    private final Path publicKey;

    private AccessKey(ECKey key, Path publicKey) {
        this.key = key;
        this.publicKey = publicKey;
    }

    /**
     * Reads the key of a data folder.
     *
     * @throws RefusedException if there is none, or it cannot be read
     */
    static AccessKey read(Path data) {
        Path file = privateKey(data);
        if (!Files.exists(file)) {
            throw new RefusedException("There is no key for access tokens in " + data.toAbsolutePath()
                    + ". Start the platform once with ./run --kubescaler.access=token.");
        }
        try {
            return new AccessKey(ECKey.parse(Files.readString(file)), publicKey(data));
        } catch (IOException | ParseException e) {
            throw new RefusedException(
                    "The key for access tokens, " + file.toAbsolutePath() + ", cannot be read: " + e.getMessage());
        }
    }

    /** Reads the key of a data folder, or makes it. */
    static AccessKey readOrMake(Path data) {
        try {
            if (!Files.exists(privateKey(data))) {
                write(
                        privateKey(data),
                        new ECKeyGenerator(Curve.P_256).generate().toJSONString());
            }
            AccessKey read = read(data);
            write(
                    publicKey(data),
                    "-----BEGIN PUBLIC KEY-----\n"
                            + PEM.encodeToString(read.key.toECPublicKey().getEncoded())
                            + "\n-----END PUBLIC KEY-----\n");
            return read;
        } catch (IOException | JOSEException e) {
            throw new RefusedException("No key for access tokens can be made: " + e.getMessage());
        }
    }

    /** Nobody else may read the file, not even while it is written. */
    private static void write(Path file, String text) throws IOException {
        Path made = Files.createTempFile(
                file.getParent(),
                "access-key",
                null,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(made, text);
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path privateKey(Path data) {
        return data.resolve("access-key.json");
    }

    private static Path publicKey(Path data) {
        return data.resolve("access-key.pem");
    }

    /** The settings with which a service accepts its tokens. */
    List<String> settings() {
        return List.of(
                "--kubescaler.access=token",
                "--kubescaler.access-token.key=" + publicKey.toAbsolutePath(),
                "--kubescaler.access-token.issuer=" + ISSUER,
                "--kubescaler.access-token.audience=" + AUDIENCE);
    }

    /** A token that is good from now on. */
    String token(String user, String scope, Duration life) {
        Instant now = Instant.now();
        SignedJWT token = new SignedJWT(
                new JWSHeader(JWSAlgorithm.ES256),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .subject(user)
                        .claim("scope", scope)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(life)))
                        .build());
        try {
            token.sign(new ECDSASigner(key));
        } catch (JOSEException e) {
            throw new RefusedException("The key for access tokens does not sign: " + e.getMessage());
        }
        return token.serialize();
    }
}

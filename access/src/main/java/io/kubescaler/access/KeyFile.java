package io.kubescaler.access;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one public key of a file. */
record KeyFile(PublicKey key) implements JWSKeySelector<SecurityContext> {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");

    /** @throws IllegalArgumentException with a sentence, if it does not contain a public key that is accepted */
    static KeyFile read(String file) throws IOException {
        return parse(new String(Files.readAllBytes(Path.of(file)), StandardCharsets.ISO_8859_1));
    }

    static KeyFile parse(String text) {
        Matcher pem = PEM.matcher(text);
        if (!pem.find()) {
            throw new IllegalArgumentException("This file has no PUBLIC KEY in PEM format.");
        }
        byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
        return List.of("RSA", "EC", "Ed25519").stream()
                .map(algorithm -> decode(algorithm, der))
                .filter(key -> key != null && Algorithms.fitting(key) != null)
                .findFirst()
                .map(KeyFile::new)
                .orElseThrow(() -> new IllegalArgumentException(
                        "Its key must be RSA with at least 2048 bits, EC on the curve P-256, or Ed25519."));
    }

    private static @Nullable PublicKey decode(String algorithm, byte[] der) {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            return null; // a key of another algorithm
        }
    }

    @Override
    public List<PublicKey> selectJWSKeys(JWSHeader header, @Nullable SecurityContext context) {
        return header.getAlgorithm().equals(Algorithms.fitting(key)) ? List.of(key) : List.of();
    }
}

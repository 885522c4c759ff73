package io.kubescaler.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.Curve;
import java.security.Key;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The algorithms of accepted signatures, each with its kind of keys. */
final class Algorithms extends DefaultJWSVerifierFactory {

    static final Set<JWSAlgorithm> ACCEPTED = Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256, JWSAlgorithm.EdDSA);

    private static final int LEAST_RSA_BITS = 2048;

    /** The one algorithm for which a key is good; null if it is good for none. */
    static @Nullable JWSAlgorithm fitting(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return rsa.getModulus().bitLength() >= LEAST_RSA_BITS ? JWSAlgorithm.RS256 : null;
        }
        if (key instanceof ECPublicKey ec) {
            return Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams())) ? JWSAlgorithm.ES256 : null;
        }
        return key instanceof EdECPublicKey ed && ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName())
                ? JWSAlgorithm.EdDSA
                : null;
    }

    @Override
    public JWSVerifier createJWSVerifier(JWSHeader header, Key key) throws JOSEException {
        return key instanceof EdECPublicKey ed ? new Ed25519Verifier(ed) : super.createJWSVerifier(header, key);
    }
}

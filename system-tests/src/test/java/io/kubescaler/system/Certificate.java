package io.kubescaler.system;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate of a host, made for a test. */
final class Certificate {

    private static final String NAME = "host";

    private final byte[] certificate;
    private final byte[] key;

    /** Signed by itself, and valid for a day. */
    static Certificate of(String host) {
        String password = UUID.randomUUID().toString();
        try {
            Path folder = Files.createTempDirectory("certificate");
            Path store = folder.resolve("store.p12");
            Command.run(
                    Map.of("PASSWORD", password),
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            NAME,
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=" + host,
                            "-ext",
                            "san=dns:" + host,
                            "-validity",
                            "1",
                            "-keystore",
                            store.toString(),
                            "-storepass:env",
                            "PASSWORD"));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream stored = Files.newInputStream(store)) {
                keys.load(stored, password.toCharArray());
            }
            Files.delete(store);
            Files.delete(folder);
            return new Certificate(
                    keys.getCertificate(NAME).getEncoded(),
                    keys.getKey(NAME, password.toCharArray()).getEncoded());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Certificate(byte[] certificate, byte[] key) {
        this.certificate = certificate;
        this.key = key;
    }

    String pem() {
        return pem("CERTIFICATE", certificate);
    }

    String privateKeyPem() {
        return pem("PRIVATE KEY", key);
    }

    private static String pem(String kind, byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(content)
                + "\n-----END " + kind + "-----\n";
    }

    /** For clients that trust this certificate only. */
    SSLContext trusted() {
        return trusting(certificate);
    }

    /** For clients that trust one certificate only. @param authority in PEM or DER */
    static SSLContext trusting(byte[] authority) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    NAME,
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(authority)));
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.kubescaler.backing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/** A certificate authority for tests, and a certificate of a server that it has signed. */
public final class Authority {

    private static final String AUTHORITY = "authority";
    private static final String SERVER = "server";

    private final Path folder;
    private final String password = UUID.randomUUID().toString();

    private Authority(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes both, with the JDK's keytool, because the JDK has no API for it.
     *
     * @param server the names of the server, for instance {@code ip:127.0.0.1,dns:localhost}
     */
    public static Authority make(Path folder, String server)
            throws IOException, GeneralSecurityException, InterruptedException {
        Authority made = new Authority(folder);
        made.keytool("-alias", AUTHORITY, "-dname", "CN=authority", "-ext", "bc:c");
        made.keytool("-alias", SERVER, "-dname", "CN=server", "-ext", "san=" + server, "-signer", AUTHORITY);
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] secret = made.password.toCharArray();
        try (InputStream in = Files.newInputStream(made.store())) {
            store.load(in, secret);
        }
        Key key = store.getKey(SERVER, secret);
        write(made.certificate(), "CERTIFICATE", store.getCertificate(AUTHORITY).getEncoded());
        write(
                made.serverCertificate(),
                "CERTIFICATE",
                store.getCertificate(SERVER).getEncoded());
        write(made.serverKey(), "PRIVATE KEY", key.getEncoded());
        return made;
    }

    /** The authority's own, as PEM: who trusts it trusts the server. */
    public Path certificate() {
        return folder.resolve("authority.pem");
    }

    /** As PEM. */
    public Path serverCertificate() {
        return folder.resolve("server.pem");
    }

    /** As PEM. */
    public Path serverKey() {
        return folder.resolve("server.key");
    }

    /** The server's certificate and key, as PKCS12. */
    public Path store() {
        return folder.resolve("server.p12");
    }

    /** Of {@link #store()}. */
    public String password() {
        return password;
    }

    private void keytool(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-storepass",
                password,
                "-keystore",
                store().toString()));
        command.addAll(List.of(options));
        Process keytool = new ProcessBuilder(command).inheritIO().start();
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool failed.");
        }
    }

    private static void write(Path file, String kind, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }
}

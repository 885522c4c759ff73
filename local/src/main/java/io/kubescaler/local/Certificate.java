package io.kubescaler.local;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The gateway's self-signed certificate. It stays in the data folder, so that a browser warns only once. */
final class Certificate {

    private static final String TEN_YEARS_IN_DAYS = "3650";

    /** Makes the certificate if it is missing, with the JDK's keytool, because the JDK has no API for it. */
    static void make(Path file, String password, Path log) {
        if (Files.exists(file)) {
            return;
        }
        try {
            // Nobody else may read the key, not even while it is written.
            Path folder = Files.createTempDirectory(
                    file.getParent(),
                    "certificate",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path made = folder.resolve(file.getFileName());
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "gateway",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "san=dns:localhost,ip:127.0.0.1",
                            "-validity",
                            TEN_YEARS_IN_DAYS,
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            password,
                            "-keystore",
                            made.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(log.toFile()))
                    .start();
            if (keytool.onExit().join().exitValue() != 0) {
                throw new RefusedException("No certificate can be made for the gateway; " + log + " has the reason.");
            }
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            Files.move(made, file);
            Files.delete(folder);
        } catch (IOException e) {
            throw new RefusedException("No certificate can be made for the gateway: " + e.getMessage());
        }
    }

    private Certificate() {}
}

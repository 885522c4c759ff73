package io.kubescaler.local;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;

/** The services' jars: built in the checkout, run from the data folder, where no build can change a running one. */
final class ServiceJars {

    private final Path checkout;
    private final DataFolder data;

    ServiceJars(Path checkout, DataFolder data) {
        this.checkout = checkout;
        this.data = data;
    }

    /** Unpacks the jar of a module: without jars inside of jars, it starts with two thirds of the computing. */
    void unpack(String module) {
        Path jar = checkout.resolve(module).resolve("target").resolve(module + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new RefusedException(jar + " is not there. ./run builds it.");
        }
        try {
            Process unpacking = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Djarmode=tools",
                            "-jar",
                            jar.toString(),
                            "extract",
                            "--force",
                            "--destination",
                            folder(module).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.appendTo(data.log("unpacking").toFile()))
                    .start();
            if (unpacking.onExit().join().exitValue() != 0) {
                throw new RefusedException(jar + " cannot be unpacked; " + data.log("unpacking") + " says why.");
            }
        } catch (IOException e) {
            throw new RefusedException(jar + " cannot be unpacked: " + e.getMessage());
        }
    }

    /** What to run of a module that has been unpacked. */
    Path jar(String module) {
        return folder(module).resolve(module + ".jar");
    }

    private Path folder(String module) {
        return data.resolve("services").resolve(module);
    }
}

package io.kubescaler.local;

import io.kubescaler.backing.ServiceProcess;
import java.io.IOException;
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

    void unpack(String module) {
        Path jar = checkout.resolve(module).resolve("target").resolve(module + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new RefusedException(jar + " is not there. ./run builds it.");
        }
        try {
            ServiceProcess.unpack(jar, folder(module), data.log("unpacking"));
        } catch (IOException e) {
            throw new RefusedException(e.getMessage());
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

package io.kubescaler.system;

import java.util.Map;
import java.util.stream.Stream;

/** The docker command. */
final class Docker {

    private Docker() {}

    static boolean answers() {
        try {
            run("info");
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Gives the image of stream another version, so that there is one to bring out. */
    static void tagStream(String version) {
        String running = System.getenv().getOrDefault("VERSION", "latest");
        run("tag", "kubescaler/stream:" + running, "kubescaler/stream:" + version);
    }

    static void untagStream(String version) {
        if (!run("images", "--quiet", "kubescaler/stream:" + version).isEmpty()) {
            run("rmi", "kubescaler/stream:" + version);
        }
    }

    /** See {@link Command#run}. */
    static String run(String... arguments) {
        return run(Map.of(), arguments);
    }

    static String run(Map<String, String> environment, String... arguments) {
        return Command.run(
                environment,
                Stream.concat(Stream.of("docker"), Stream.of(arguments)).toList());
    }
}

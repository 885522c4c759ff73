package io.kubescaler.local;

import io.kubescaler.backing.StartFailedException;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.system.ApplicationHome;

/** The command: starts everything, and ends when it is told to. */
public final class Local {

    private static final String HELP = """
            Starts the whole platform on this machine: Cassandra, Redis, base, main, two stream instances, and the
            gateway with the pages. Ctrl+C ends all of it; users and profiles stay in the data folder.

            Settings, as they are when nothing is given:
            """;

    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (given.contains("--help")) {
            System.out.println(HELP + LocalSettings.of(List.of()).asOptions());
            return;
        }
        var supervisor = new Supervisor(System.out);
        try {
            start(LocalSettings.of(given), supervisor);
        } catch (RefusedException | StartFailedException e) {
            if (!supervisor.isEnding()) {
                System.err.println(e.getMessage());
                System.exit(1);
            }
        }
    }

    private static void start(LocalSettings settings, Supervisor supervisor) {
        long begin = System.nanoTime();
        DataFolder data = DataFolder.take(settings.data());
        System.out.println("Starting. Logs are in " + data.logs());
        new Platform(settings.ports(), data, checkout(), supervisor).start();
        String address = "http://localhost:" + settings.ports().gateway();
        String secure = "https://localhost:" + settings.ports().gatewaySecure();
        System.out.printf("""
                Ready after %.0f s. Open
                  %s/   to make test data and see a stream
                  %s/system   to see how the platform does
                  %s/load   for many streams, over HTTP/2; the browser asks first whether to trust this machine
                Ctrl+C ends all of it.
                """, (System.nanoTime() - begin) / 1e9, address, address, secure);
    }

    /** The root of the checkout that this jar was built in; the other modules' jars are beside it. */
    private static Path checkout() {
        Path target = new ApplicationHome(Local.class).getDir().toPath();
        return target.toAbsolutePath().getParent().getParent();
    }

    private Local() {}
}

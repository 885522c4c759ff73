package io.kubescaler.local;

import io.kubescaler.access.AccessMode;
import io.kubescaler.processes.Services;
import io.kubescaler.processes.StartFailedException;
import java.util.List;

/**
 * The program behind {@code ./run}: starts everything, and ends on a signal. {@code ./run token} prints an access token.
 * {@code ./run} handles {@code --help}.
 */
public final class Local {

    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (!given.isEmpty() && given.get(0).equals(TokenCommand.NAME)) {
            printToken(given.subList(1, given.size()));
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

    private static void printToken(List<String> arguments) {
        try {
            System.out.println(TokenCommand.of(arguments).token());
        } catch (RefusedException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void start(LocalSettings settings, Supervisor supervisor) {
        long begin = System.nanoTime();
        DataFolder data = DataFolder.take(settings.data());
        System.out.println("Starting. Logs are in " + data.logs());
        AccessKey accessKey = settings.access() == AccessMode.TOKEN ? AccessKey.readOrMake(data.path()) : null;
        new Platform(settings.ports(), accessKey, data, Services.projectRoot(), supervisor).start();
        String address = "http://localhost:" + settings.ports().gateway();
        String secure = "https://localhost:" + settings.ports().gatewaySecure();
        System.out.printf("""
                Ready after %.0f s. Open
                  %s/   to make test data and see a stream
                  %s/system   to see the state of the platform
                  %s/load   to see many streams over HTTP/2; the browser first warns about the certificate
                %s
                Ctrl+C ends everything.
                """, (System.nanoTime() - begin) / 1e9, address, address, secure, access(settings));
    }

    private static String access(LocalSettings settings) {
        return settings.access() == AccessMode.OPEN
                ? "Access is open: anybody who reaches these addresses may open and end any stream."
                : "Every call needs an access token. This prints one: ./run token --admin --data=" + settings.data();
    }

    private Local() {}
}

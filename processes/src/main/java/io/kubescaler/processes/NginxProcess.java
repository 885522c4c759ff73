package io.kubescaler.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The nginx installed on this machine, as one process with its own directory. */
public final class NginxProcess extends ChildProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    /** A separate worker would survive a kill of this JVM. */
    private static final String ONE_PROCESS = "daemon off;\nmaster_process off;\n";

    private static final String CONFIGURATION = "nginx.conf";

    private final Path program;
    private final Path directory;
    private final int port;
    private final String configuration;

    /**
     * @param directory for relative paths in the configuration, created if missing
     * @param log gets its output appended
     * @param port of 127.0.0.1, as in the configuration
     * @param configuration without {@code daemon} and {@code master_process}
     */
    public NginxProcess(Path program, Path directory, Path log, int port, String configuration) {
        super("nginx", log, PATIENCE);
        this.program = program;
        this.directory = directory.toAbsolutePath();
        this.port = port;
        this.configuration = configuration;
    }

    @Override
    List<Integer> ports() {
        return List.of(port);
    }

    @Override
    List<String> command() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(CONFIGURATION), ONE_PROCESS + configuration);
        return List.of(program.toString(), "-p", directory.toString(), "-c", CONFIGURATION, "-e", "stderr");
    }

    @Override
    boolean isReady() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) ANSWER_TIMEOUT.toMillis());
            return true;
        }
    }
}

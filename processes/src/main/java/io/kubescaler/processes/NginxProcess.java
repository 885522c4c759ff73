package io.kubescaler.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The nginx of this machine, as one process, with its files in a directory of its own. */
public final class NginxProcess extends ChildProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);

    /** A worker of its own would live on if this JVM were killed. */
    private static final String ONE_PROCESS = "daemon off;\nmaster_process off;\n";

    private static final String CONFIGURATION = "nginx.conf";

    private final Path program;
    private final Path directory;
    private final int port;
    private final String configuration;

    /**
     * @param directory where relative paths of the configuration begin, created if not there
     * @param log the file that its output is appended to
     * @param port of 127.0.0.1 on which the configuration has it listen
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

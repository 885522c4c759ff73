package io.kubescaler.processes;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/** One service: a jar on the JDK of this JVM, or a command. */
public final class ServiceProcess extends ChildProcess {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

    private final List<String> command;
    private final URI readiness;

    /**
     * @param name for messages
     * @param replacements directories of classes and resources that replace those of the jar and its libraries
     * @param jar an executable jar
     * @param jvmOptions for instance {@code -Xmx256m}
     * @param arguments for instance {@code --server.port=8081}
     * @param readiness an address on 127.0.0.1 that answers 200 when the service is ready
     * @param log gets its output appended
     */
    public ServiceProcess(
            String name,
            List<Path> replacements,
            Path jar,
            List<String> jvmOptions,
            List<String> arguments,
            URI readiness,
            Path log) {
        this(name, command(replacements, jar, jvmOptions, arguments), readiness, log, PATIENCE);
    }

    /**
     * A service started by a command.
     *
     * @param patience the longest time until it is ready
     */
    public ServiceProcess(String name, List<String> command, URI readiness, Path log, Duration patience) {
        super(name, log, patience);
        this.command = List.copyOf(command);
        this.readiness = readiness;
    }

    /**
     * Unpacks an executable jar of Spring Boot. Without nested jars, a start takes two thirds of the CPU time.
     *
     * @param directory gets a runnable jar of the same name
     * @param log gets the output of the tool appended
     * @throws IOException if unpacking fails; the message has the end of the output
     */
    static void unpack(Path jar, Path directory, Path log) throws IOException {
        long logStart = Files.exists(log) ? Files.size(log) : 0;
        Process unpacking = Children.start(new ProcessBuilder(
                        java(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Djarmode=tools",
                        "-jar",
                        jar.toString(),
                        "extract",
                        "--force",
                        "--destination",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        int exitCode = unpacking.onExit().join().exitValue();
        if (exitCode != 0) {
            throw new IOException("unpacking " + jar + " ended with exit code " + exitCode + "." + end(log, logStart));
        }
    }

    @Override
    List<Integer> ports() {
        return List.of(readiness.getPort());
    }

    @Override
    List<String> command() {
        return command;
    }

    static List<String> command(List<Path> replacements, Path jar, List<String> jvmOptions, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.addAll(jvmOptions);
        String path = jar.toAbsolutePath().toString();
        if (replacements.isEmpty()) {
            command.addAll(List.of("-jar", path));
        } else {
            List<String> classPath = new ArrayList<>();
            replacements.forEach(
                    directory -> classPath.add(directory.toAbsolutePath().toString()));
            classPath.add(path);
            command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), mainClass(jar)));
        }
        command.addAll(arguments);
        return command;
    }

    private static String mainClass(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    @Override
    boolean isReady() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) readiness.toURL().openConnection();
        connection.setConnectTimeout((int) ANSWER_TIMEOUT.toMillis());
        connection.setReadTimeout((int) ANSWER_TIMEOUT.toMillis());
        try {
            return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
        } finally {
            connection.disconnect();
        }
    }
}

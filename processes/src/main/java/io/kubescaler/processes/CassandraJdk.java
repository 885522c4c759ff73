package io.kubescaler.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JDK for Cassandra 5.0: 17 if there is one, else 21. It needs the security manager, which later JDKs lack.
 *
 * @param home as in {@code JAVA_HOME}
 */
record CassandraJdk(Path home, int feature) {

    /** By preference. */
    private static final List<Integer> FEATURES = List.of(17, 21);

    private static final Pattern VERSION = Pattern.compile("^JAVA_VERSION=\"(\\d+)", Pattern.MULTILINE);

    /** The folders for JDKs on Linux and macOS, with one folder per version in each. */
    private static List<Path> usualFolders() {
        Path user = Path.of(System.getProperty("user.home"));
        return List.of(
                Path.of("/usr/lib/jvm"),
                Path.of("/usr/java"),
                Path.of("/opt/java"),
                Path.of("/Library/Java/JavaVirtualMachines"),
                Path.of("/opt/homebrew/opt"),
                Path.of("/usr/local/opt"),
                user.resolve("Library/Java/JavaVirtualMachines"),
                user.resolve(".sdkman/candidates/java"),
                user.resolve(".jdks"));
    }

    /** The JDK of this JVM if Cassandra runs on it, else a JDK 17, else a JDK 21. {@code JAVA_HOME_17} and
     * {@code JAVA_HOME_21} come before the usual folders. */
    static Optional<CassandraJdk> find() {
        return find(Path.of(System.getProperty("java.home")), System.getenv(), usualFolders());
    }

    static Optional<CassandraJdk> find(Path own, Map<String, String> environment, List<Path> folders) {
        Optional<CassandraJdk> ours = read(own);
        if (ours.isPresent()) {
            return ours;
        }
        Stream<Path> named = FEATURES.stream()
                .flatMap(feature -> Stream.ofNullable(environment.get("JAVA_HOME_" + feature)))
                .map(Path::of);
        List<CassandraJdk> found = Stream.concat(named, folders.stream().flatMap(CassandraJdk::homesIn))
                .flatMap(home -> read(home).stream())
                .toList();
        return FEATURES.stream()
                .flatMap(feature -> found.stream().filter(jdk -> jdk.feature == feature))
                .findFirst();
    }

    Path java() {
        return home.resolve("bin").resolve("java");
    }

    private static Stream<Path> homesIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children
                    .sorted()
                    .flatMap(child -> Stream.of(
                            child, child.resolve("Contents/Home"), child.resolve("libexec/openjdk.jdk/Contents/Home")))
                    .toList()
                    .stream();
        } catch (IOException e) {
            return Stream.empty(); // It is unreadable, so it holds no JDK for us.
        }
    }

    /** Empty unless Cassandra runs on it. */
    private static Optional<CassandraJdk> read(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin").resolve("java")) || !Files.isReadable(release)) {
            return Optional.empty();
        }
        try {
            Matcher version = VERSION.matcher(Files.readString(release));
            if (!version.find()) {
                return Optional.empty();
            }
            int feature = Integer.parseInt(version.group(1));
            return FEATURES.contains(feature) ? Optional.of(new CassandraJdk(home, feature)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

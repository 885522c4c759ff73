package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./mvnw} on a machine without Maven: it downloads a zip, or a tar if there is no unzip. */
class WrapperTest {

    private static final String PROPERTIES = ".mvn/wrapper/maven-wrapper.properties";

    private static final String UNPACK = """
            mkdir -p "$4/apache-maven-1/bin"
            echo 'echo Maven' >"$4/apache-maven-1/bin/mvn"
            chmod +x "$4/apache-maven-1/bin/mvn"
            """;

    /** Of the last two, a machine has at least one. */
    private static final List<String> TOOLS = List.of(
            "uname", "dirname", "basename", "mktemp", "mkdir", "mv", "rm", "tr", "chmod", "sha256sum", "shasum");

    @TempDir
    private Path folder;

    private Path tools;

    @BeforeEach
    void makeMachine() throws Exception {
        Files.copy(Path.of("..", "mvnw"), folder.resolve("mvnw"));
        Files.createDirectories(folder.resolve(PROPERTIES).getParent());
        String url = "https://example.org/apache-maven-1-bin";
        String properties = Files.readString(Path.of("..", PROPERTIES))
                .replaceFirst("(distributionUrl)=.*", "$1=" + url + ".zip")
                .replaceFirst("(distributionSha256Sum)=.*", "$1=" + sha256(url + ".zip\n"))
                .replaceFirst("(distributionTarSha256Sum)=.*", "$1=" + sha256(url + ".tar.gz\n"));
        Files.writeString(folder.resolve(PROPERTIES), properties);

        tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : TOOLS) {
            for (Path program : onThePath(tool)) {
                program(tool, "exec " + program + " \"$@\"");
            }
        }
        program("tar", UNPACK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip", "tar"})
    void startsTheMavenThatItHasTheChecksumOf(String archive) throws Exception {
        assertThat(wrapper(archive, "")).isEqualTo("Maven\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zip", "tar"})
    void startsNoOther(String archive) throws Exception {
        assertThat(wrapper(archive, "tampered")).contains("Failed to validate").doesNotContain("Maven\n");
    }

    /** The download is its own address, and what is added to it. */
    private String wrapper(String archive, String added) throws Exception {
        program("wget", "echo \"$2" + added + "\" >\"$4\"");
        if (archive.equals("zip")) {
            program("unzip", UNPACK);
        }
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "mvnw", "-v")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("MAVEN_USER_HOME", folder.resolve("home").toString());
        builder.start().waitFor();
        return Files.readString(output);
    }

    private static String sha256(String text) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash);
    }

    /** The first program of this name, if there is one. */
    private static List<Path> onThePath(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(each -> Path.of(each, tool))
                .filter(Files::isExecutable)
                .limit(1)
                .toList();
    }

    private void program(String name, String text) throws IOException {
        Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}

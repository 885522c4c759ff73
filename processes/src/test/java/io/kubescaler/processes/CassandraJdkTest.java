package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CassandraJdkTest {

    @TempDir
    private Path machine;

    @Test
    void isTheOwnOneIfItFits() throws IOException {
        Path own = jdk("own", "21.0.8");
        Path other = jdk("jvm/17", "17.0.15");

        assertThat(CassandraJdk.find(own, Map.of("JAVA_HOME_17", other.toString()), List.of()))
                .contains(new CassandraJdk(own, 21));
    }

    @Test
    void isTheOneThatJavaHome17Names() throws IOException {
        Path named = jdk("somewhere", "17.0.15");
        jdk("jvm/17", "17.0.16");

        assertThat(CassandraJdk.find(
                        jdk("own", "25.0.3"),
                        Map.of("JAVA_HOME_17", named.toString()),
                        List.of(machine.resolve("jvm"))))
                .contains(new CassandraJdk(named, 17));
    }

    @Test
    void isFoundInTheUsualFoldersOfLinuxAndMacOs() throws IOException {
        Path linux = jdk("jvm/java-17-openjdk", "17.0.15");
        Path mac = jdk("macos/temurin-17.jdk/Contents/Home", "17.0.15");
        Path brew = jdk("brew/openjdk@17/libexec/openjdk.jdk/Contents/Home", "17.0.15");
        jdk("jvm/java-11-openjdk", "11.0.2");

        Path own = jdk("own", "25.0.3");
        assertThat(CassandraJdk.find(own, Map.of(), List.of(machine.resolve("jvm"))))
                .contains(new CassandraJdk(linux, 17));
        assertThat(CassandraJdk.find(own, Map.of(), List.of(machine.resolve("macos"), machine.resolve("missing"))))
                .contains(new CassandraJdk(mac, 17));
        assertThat(CassandraJdk.find(own, Map.of(), List.of(machine.resolve("brew"))))
                .contains(new CassandraJdk(brew, 17));
    }

    @Test
    void is21OnlyWhereThereIsNo17() throws IOException {
        Path later = jdk("jvm/a-21", "21.0.8");
        Path own = jdk("own", "25.0.3");
        assertThat(CassandraJdk.find(own, Map.of(), List.of(machine.resolve("jvm"))))
                .contains(new CassandraJdk(later, 21));

        Path better = jdk("jvm/b-17", "17.0.15");
        assertThat(CassandraJdk.find(own, Map.of(), List.of(machine.resolve("jvm"))))
                .contains(new CassandraJdk(better, 17));
    }

    @Test
    void isNoneOfThoseThatCassandraDoesNotRunOn() throws IOException {
        jdk("jvm/25", "25.0.3");
        Path withoutJava = Files.createDirectories(machine.resolve("jvm/17"));
        Files.writeString(withoutJava.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");

        assertThat(CassandraJdk.find(jdk("own", "25.0.3"), Map.of(), List.of(machine.resolve("jvm"))))
                .isEmpty();
    }

    private Path jdk(String path, String version) throws IOException {
        Path home = machine.resolve(path);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        Files.createFile(home.resolve("bin/java")).toFile().setExecutable(true);
        return home;
    }
}

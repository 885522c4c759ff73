package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.processes.Services.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServicesTest {

    @TempDir
    private Path directory;

    @Test
    void copiesOfJarsWithOtherContentsHaveOtherNamesEvenIfSizeAndTimeAreTheSame() throws IOException {
        Path first = jar("first", "60s");
        Path second = jar("second", "50s");
        Path third = jar("third", "60s");

        assertThat(Services.origin(second)).isNotEqualTo(Services.origin(first));
        assertThat(Services.origin(third)).isEqualTo(Services.origin(first));
    }

    /** Its log may be gone when the message is read. */
    @Test
    void saysWhyAJarCannotBeUnpacked() throws IOException {
        Files.createDirectories(directory.resolve("base-service/target"));
        jar("base-service/target/base-service.jar", "not a jar");
        Services services = new Services(directory, directory.resolve("logs"));

        assertThatThrownBy(() -> services.create("base", Kind.BASE, List.of(), List.of()))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("exit code 1")
                .hasMessageContaining("Invalid or corrupt jarfile");
    }

    private Path jar(String name, String contents) throws IOException {
        Path jar = Files.writeString(directory.resolve(name), contents);
        return Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
    }
}

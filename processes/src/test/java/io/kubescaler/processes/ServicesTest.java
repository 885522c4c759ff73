package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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

    private Path jar(String name, String contents) throws IOException {
        Path jar = Files.writeString(directory.resolve(name), contents);
        return Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
    }
}

package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

    @Test
    void getsIntoNoRepository(@TempDir Path directory) {
        DataFolder folder = DataFolder.take(directory.resolve("any name"));

        assertThat(folder.resolve(".gitignore")).hasContent("*");
    }
}

package io.kubescaler.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The folder of all data. While this program runs, no other one can use it. */
final class DataFolder {

    /** Keeps the locks from garbage collection, which would free them. */
    private static final List<FileLock> TAKEN = new ArrayList<>();

    private final Path path;

    private DataFolder(Path path) {
        this.path = path;
    }

    /**
     * Takes the folder until this program ends or is killed.
     *
     * @throws RefusedException if it cannot be written to, or another program has it
     */
    static DataFolder take(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        try {
            Files.createDirectories(folder.resolve("logs"));
            FileLock lock = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                    .tryLock();
            if (lock == null) {
                throw new RefusedException("Another ./run uses the data folder " + folder
                        + ". End it, or give this one its own folder (--data=FOLDER) and ports (--help).");
            }
            TAKEN.add(lock);
            // It holds a key, and may be in a repository under any name.
            Files.writeString(folder.resolve(".gitignore"), "*\n");
            return new DataFolder(folder);
        } catch (IOException e) {
            throw new RefusedException(
                    "The data folder " + folder + " cannot be used (" + e + "). Choose another folder: --data=FOLDER.");
        }
    }

    Path path() {
        return path;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    Path log(String part) {
        return logs().resolve(part + ".log");
    }

    Path logs() {
        return path.resolve("logs");
    }
}

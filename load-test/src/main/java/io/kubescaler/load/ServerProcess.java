package io.kubescaler.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server with all its worker processes, measured by Linux's {@code /proc}. */
record ServerProcess(ProcessHandle root) {

    private static final Path PROC = Path.of("/proc");
    private static final List<String> SOCKETS = List.of("net/tcp", "net/tcp6");
    private static final String LISTENS = "0A";
    private static final int ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final String RESIDENT = "VmRSS:";

    /** @throws IllegalArgumentException if there is no such process */
    static ServerProcess of(long pid) {
        return new ServerProcess(ProcessHandle.of(pid)
                .orElseThrow(() -> new IllegalArgumentException("There is no process " + pid + ".")));
    }

    /** The process that listens on this port; empty if it cannot be found. */
    static Optional<ServerProcess> listeningOn(int port) {
        List<String> sockets = SOCKETS.stream()
                .flatMap(file -> lines(PROC.resolve(file)))
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields[STATE].equals(LISTENS) && fields[ADDRESS].endsWith(":%04X".formatted(port)))
                .map(fields -> "socket:[" + fields[INODE] + "]")
                .toList();
        Map<Long, ProcessHandle> owners = ProcessHandle.allProcesses()
                .filter(process -> files(process.pid()).anyMatch(sockets::contains))
                .collect(Collectors.toMap(ProcessHandle::pid, Function.identity()));
        // Workers inherit the socket, so only the topmost process counts.
        return owners.values().stream()
                .filter(process -> process.parent()
                        .filter(parent -> owners.containsKey(parent.pid()))
                        .isEmpty())
                .findFirst()
                .map(ServerProcess::new);
    }

    long pid() {
        return root.pid();
    }

    /** CPU time since the start of all its running processes. */
    Duration cpu() {
        return tree().flatMap(process -> process.info().totalCpuDuration().stream())
                .reduce(Duration.ZERO, Duration::plus);
    }

    long residentBytes() {
        return tree().flatMap(process -> lines(PROC.resolve(process.pid() + "/status")))
                .filter(line -> line.startsWith(RESIDENT))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private Stream<ProcessHandle> tree() {
        return Stream.concat(Stream.of(root), root.descendants());
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (NoSuchFileException e) {
            return Stream.empty(); // The process has ended, or this is not Linux.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The open files of the process. */
    private static Stream<String> files(long pid) {
        try (Stream<Path> descriptors = Files.list(PROC.resolve(pid + "/fd"))) {
            return descriptors.flatMap(ServerProcess::linked).toList().stream();
        } catch (NoSuchFileException | AccessDeniedException e) {
            return Stream.empty(); // It has ended, or belongs to another user.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> linked(Path descriptor) {
        try {
            return Stream.of(Files.readSymbolicLink(descriptor).toString());
        } catch (IOException e) {
            return Stream.empty(); // Closed meanwhile.
        }
    }
}

package io.kubescaler.backing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The connections that this machine has, as its system lists them. */
public final class Connections {

    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    /** TIME_WAIT: nobody holds such a connection; the system waits for late packets. */
    private static final String OVER = "06";

    private Connections() {}

    /** Whether the system lists them: on Linux. */
    public static boolean areListed() {
        return TABLES.stream().allMatch(Files::exists);
    }

    /** Whether the servers of these sockets have no connection to them any more. */
    public static boolean areGone(Collection<Socket> sockets) {
        return listed(sockets).isEmpty();
    }

    /** The connections to these sockets that a process holds, as the system lists them. */
    public static List<String> held(Collection<Socket> sockets) {
        // Without an inode, it is one of a process that was killed; the system goes on sending for a while.
        return listed(sockets).stream()
                .filter(columns -> !columns[9].equals("0"))
                .map(columns -> String.join(" ", columns))
                .toList();
    }

    private static List<String[]> listed(Collection<Socket> sockets) {
        Set<String> ends = sockets.stream()
                .map(socket -> "%04X %04X".formatted(socket.getPort(), socket.getLocalPort()))
                .collect(Collectors.toSet());
        // "sl local_address rem_address st ...": a server's own port comes first.
        return TABLES.stream()
                .filter(Files::exists)
                .flatMap(table -> lines(table).stream().skip(1))
                .map(line -> line.strip().split(" +"))
                .filter(columns -> !columns[3].equals(OVER))
                .filter(columns -> ends.contains(port(columns[1]) + " " + port(columns[2])))
                .toList();
    }

    private static String port(String address) {
        return address.substring(address.indexOf(':') + 1);
    }

    private static List<String> lines(Path table) {
        try {
            return Files.readAllLines(table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.kubescaler.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** TCP ports of 127.0.0.1 that nothing listens on. */
public final class FreePorts {

    // Linux, macOS and Windows give higher ports to outgoing connections, which could take the port of a server while
    // it restarts.
    private static final int FIRST = 20_000;
    private static final int LAST = 32_767;

    /** More than the longest test needs. */
    private static final int BLOCK = 512;

    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    /**
     * Listens on the last port of a block while this JVM runs: the block is its own. Else another JVM could give a port
     * again before its server listens there, or while that restarts. It is a number that nobody chooses for a program.
     */
    private static final ServerSocket CLAIM = claim();

    private FreePorts() {}

    /** A port that is free now. Within this JVM, each call returns another one. */
    public static int next() {
        int claim = CLAIM.getLocalPort();
        return RANDOM.ints(claim - BLOCK + 1, claim)
                .limit(10 * BLOCK)
                // In this order: a look at a port that has been given would take it for a moment from its server.
                .filter(port -> GIVEN.add(port) && isFree(port))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("No port of 127.0.0.1 below " + claim + " is free any more."));
    }

    private static ServerSocket claim() {
        List<Integer> blocks = IntStream.rangeClosed(1, (LAST + 1 - FIRST) / BLOCK)
                .mapToObj(number -> FIRST + number * BLOCK - 1)
                .collect(Collectors.toList());
        Collections.shuffle(blocks, RANDOM);
        for (int last : blocks) {
            try {
                return new ServerSocket(last, 1, InetAddress.getLoopbackAddress());
            } catch (IOException taken) {
                // By another JVM, or a program of this machine.
            }
        }
        throw new IllegalStateException("No block of ports of 127.0.0.1 from " + FIRST + " to " + LAST + " is free.");
    }

    /**
     * Whether a server can listen on this port of 127.0.0.1 now. Never while a process is being started: the process
     * has this JVM's sockets for a moment, and would keep the port of this one taken.
     */
    public static synchronized boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}

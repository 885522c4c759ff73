package io.kubescaler.processes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** TCP ports of 127.0.0.1 that nothing listens on. */
public final class FreePorts {

    // Linux, macOS and Windows give higher ports to outgoing connections, which could take the port of a server while
    // it restarts.
    private static final int FIRST = 20_000;
    private static final int LAST = 32_767;

    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** A port that is free now. Within this JVM, each call returns another one. */
    public static int next() {
        return RANDOM.ints(FIRST, LAST + 1)
                .limit(10L * (LAST - FIRST))
                // In this order: a look at a port that has been given would take it for a moment from its server.
                .filter(port -> GIVEN.add(port) && isFree(port))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("No port of 127.0.0.1 from " + FIRST + " to " + LAST + " is free."));
    }

    /**
     * Whether a server can listen on this port of 127.0.0.1 now. Never while a process is being started: the process has
     * this JVM's sockets for a moment, and would keep the port of this one taken.
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

package io.kubescaler.backing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Names for servers of this machine, at addresses that a test changes: a pod that is replaced has the same name and
 * another address. Only Linux has more than one address for itself.
 */
public final class Hosts implements AutoCloseable {

    private static final String HERE = "127.0.0.1";

    private static final AtomicInteger LAST = new AtomicInteger(1);

    private final Path file;
    private final Map<String, Relay> relays = new TreeMap<>();
    private final Map<String, String> addresses = new TreeMap<>();

    /** @param file for the names and their addresses */
    public Hosts(Path file) throws UnknownHostException {
        this.file = file.toAbsolutePath();
        for (String self : List.of("localhost", InetAddress.getLocalHost().getHostName())) {
            addresses.put(self, HERE);
        }
        write();
    }

    /** For a JVM that knows only these names and this machine's, and looks a name up whenever it connects. */
    public List<String> jvmOptions() {
        return List.of("-Djdk.net.hosts.file=" + file, "-Dsun.net.inetaddr.ttl=0");
    }

    /**
     * Gives the name an address that no name had before. Connections to its old address break.
     *
     * @param port of the server on 127.0.0.1, and of the new address
     */
    public void move(String name, int port) {
        remove(name);
        String address = "127.0.0." + LAST.incrementAndGet();
        try {
            relays.put(name, new Relay(port, new InetSocketAddress(address, port)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        addresses.put(name, address);
        write();
    }

    /** From now on, nobody knows the name, and nothing answers at its address. */
    public void remove(String name) {
        Relay relay = relays.remove(name);
        if (relay != null) {
            relay.close();
            addresses.remove(name);
            write();
        }
    }

    @Override
    public void close() {
        relays.values().forEach(Relay::close);
    }

    private void write() {
        String lines = addresses.entrySet().stream()
                .map(host -> host.getValue() + " " + host.getKey() + "\n")
                .collect(Collectors.joining());
        try {
            Files.writeString(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

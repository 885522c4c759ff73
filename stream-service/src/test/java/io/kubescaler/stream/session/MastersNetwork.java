package io.kubescaler.stream.session;

import io.kubescaler.backing.NetworkNamespace;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.processes.RedisProcess.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The network of the Redis masters, in a namespace of its own. It can lose packets in one direction. */
final class MastersNetwork implements AutoCloseable {

    /** The packets to a master, or those from it. */
    enum Direction {
        REQUESTS("requests to Redis", "INPUT", "--dport", "--sports"),
        ANSWERS("answers of Redis", "OUTPUT", "--sport", "--dports");

        private final String words;
        private final String chain;
        private final String master;
        private final String clients;

        Direction(String words, String chain, String master, String clients) {
            this.words = words;
            this.chain = chain;
            this.master = master;
            this.clients = clients;
        }

        String words() {
            return words;
        }
    }

    /** The most that one rule can name. */
    private static final int PORTS = 15;

    private final NetworkNamespace namespace;

    private MastersNetwork(NetworkNamespace namespace) {
        this.namespace = namespace;
    }

    /** Null, with the reason printed, if this machine cannot cut a network. */
    static @Nullable MastersNetwork open() {
        try {
            MastersNetwork network = new MastersNetwork(new NetworkNamespace());
            try {
                network.mend();
                return network;
            } catch (UncheckedIOException e) {
                network.close();
                throw e.getCause();
            }
        } catch (IOException e) {
            System.out.println("No network is cut: " + e.getMessage());
            return null;
        }
    }

    /** Creates masters in this network, not started yet. */
    List<RedisProcess> masters(int count, Path directory, Durability durability) {
        return RedisProcess.masters(count, directory, durability, namespace.there(), namespace.inside());
    }

    /** Loses all packets of this direction until the network is mended. */
    void lose(Direction direction, RedisProcess master) {
        drop(direction, master, List.of());
    }

    /** Loses those of the connections that a process has now. */
    void lose(Direction direction, RedisProcess master, long pid) {
        String address = master.uri().getHost() + ":" + master.uri().getPort();
        List<String> ports = command(() -> NetworkNamespace.run("ss", "-tnpH", "dst", address))
                .lines()
                .filter(connection -> connection.contains("pid=" + pid + ","))
                .map(connection -> connection.split("\\s+")[3])
                .map(local -> local.substring(local.lastIndexOf(':') + 1))
                .limit(PORTS)
                .toList();
        if (!ports.isEmpty()) {
            drop(direction, master, List.of("-m", "multiport", direction.clients, String.join(",", ports)));
        }
    }

    private void drop(Direction direction, RedisProcess master, List<String> clients) {
        List<String> rule = new ArrayList<>(List.of(
                "-A",
                direction.chain,
                "-p",
                "tcp",
                direction.master,
                "" + master.uri().getPort()));
        rule.addAll(clients);
        rule.addAll(List.of("-j", "DROP"));
        iptables(rule);
    }

    /** Loses no packet from now on. Returns how many of the losses were some: a rule that met no packet is none. */
    int mend() {
        long met = iptables(List.of("-nvx", "-L"))
                .lines()
                .filter(line -> line.contains(" DROP "))
                .filter(rule -> !rule.strip().startsWith("0 "))
                .count();
        iptables(List.of("-F"));
        return Math.toIntExact(met);
    }

    private String iptables(List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("iptables", "-w"));
        all.addAll(arguments);
        return command(() -> namespace.runInside(all.toArray(String[]::new)));
    }

    private interface Command {
        String run() throws IOException;
    }

    private static String command(Command command) {
        try {
            return command.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        namespace.close();
    }
}

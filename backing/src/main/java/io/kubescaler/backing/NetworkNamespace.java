package io.kubescaler.backing;

import io.kubescaler.processes.FreePorts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace with a link to this machine. It needs root on Linux, util-linux and ip.
 *
 * <p>A process holds it. That process ends with this JVM, however the JVM ends; then the kernel removes the namespace
 * with its link and all its rules. Programs in it have to end, too.
 */
public final class NetworkNamespace implements AutoCloseable {

    private final Process holder;
    private final String link;
    private final String here;
    private final String there;

    /** @throws IOException with the command that failed; nothing is left */
    public NetworkNamespace() throws IOException {
        // No other program of this project has this number now; it is below 2^15.
        int number = FreePorts.next();
        // 198.18.0.0/15 is for tests of networks. Each namespace has four addresses of it.
        String network = "198." + (18 + (number >> 14)) + "." + (number >> 6 & 255) + ".";
        here = network + ((number & 63) * 4 + 1);
        there = network + ((number & 63) * 4 + 2);
        link = "ks" + number;
        holder = hold();
        try {
            run("ip", "link", "add", link, "type", "veth", "peer", "name", "peer", "netns", "" + holder.pid());
            run("ip", "address", "add", here + "/30", "dev", link);
            run("ip", "link", "set", link, "up");
            appear();
            runInside("ip", "link", "set", "peer", "up");
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private static Process hold() throws IOException {
        Process holder = new ProcessBuilder("unshare", "--net", "cat")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            holder.getOutputStream().write('\n');
            holder.getOutputStream().flush();
        } catch (IOException ended) {
            // There is nothing to read, either.
        }
        // cat repeats it as soon as the namespace is there.
        if (holder.getInputStream().read() != '\n') {
            throw new IOException("unshare --net failed; it needs root");
        }
        return holder;
    }

    /** The address of this machine in the namespace. */
    public String here() {
        return here;
    }

    /** The address of the namespace. */
    public String there() {
        return there;
    }

    /** The command that runs the rest of its arguments in the namespace, in its own process. */
    public List<String> inside() {
        return List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net");
    }

    /** Starts curl in the namespace, for five minutes at most: it would keep the namespace if this JVM were killed. */
    public Process curl(Path received, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(inside());
        command.addAll(List.of("curl", "--max-time", "300"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectOutput(received.toFile()).start();
    }

    /** Takes the namespace's address away: its packets are lost from now on, in both directions. */
    public void vanish() throws IOException {
        runInside("ip", "address", "delete", there + "/30", "dev", "peer");
    }

    /** Gives it the address back. */
    public void appear() throws IOException {
        runInside("ip", "address", "add", there + "/30", "dev", "peer");
    }

    /**
     * Runs a command in the namespace and returns its output.
     *
     * @throws IOException if it fails
     */
    public String runInside(String... command) throws IOException {
        List<String> all = new ArrayList<>(inside());
        all.addAll(List.of(command));
        return run(all.toArray(String[]::new));
    }

    /**
     * Runs a command on this machine and returns its output.
     *
     * @throws IOException if it fails
     */
    public static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output.strip());
        }
        return output;
    }

    @Override
    public void close() {
        try {
            run("ip", "link", "delete", link);
        } catch (IOException neverMade) {
            // It would go with the namespace.
        }
        holder.destroyForcibly().onExit().join();
    }
}

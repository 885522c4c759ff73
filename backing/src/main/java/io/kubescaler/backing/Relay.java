package io.kubescaler.backing;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A network between a client and a port of this machine, which a test can hold up and break. */
public final class Relay implements AutoCloseable {

    /** Little, so that what is held up is soon felt where it comes from. */
    private static final int SOCKET_BUFFER = 16 * 1024;

    private enum Traffic {
        PASSES,
        WAITS,
        BREAKS
    }

    private final int target;
    private final ServerSocket door = new ServerSocket();
    private final List<Closeable> open = new CopyOnWriteArrayList<>();
    private Traffic traffic = Traffic.PASSES;

    /** @param target the port that the traffic goes to */
    public Relay(int target) throws IOException {
        this(target, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /** @param address where it listens */
    Relay(int target, InetSocketAddress address) throws IOException {
        this.target = target;
        door.bind(address);
        run(this::accept);
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + door.getLocalPort() + path);
    }

    /** From now on all arrives, also what was held up. */
    public void pass() {
        set(Traffic.PASSES);
    }

    /** From now on nothing arrives, neither over new connections nor over those that are open, which stay. */
    public void holdUp() {
        set(Traffic.WAITS);
    }

    /** Breaks all connections, and from now on every new one. */
    public void breakOff() {
        set(Traffic.BREAKS);
        open.forEach(Relay::close);
        open.clear();
    }

    @Override
    public void close() {
        close(door);
        breakOff();
    }

    private synchronized void set(Traffic next) {
        traffic = next;
        notifyAll();
    }

    private synchronized boolean passes() throws InterruptedException {
        while (traffic == Traffic.WAITS) {
            wait();
        }
        return traffic == Traffic.PASSES;
    }

    private void accept() throws IOException, InterruptedException {
        while (true) {
            Socket client = door.accept();
            run(() -> connect(client));
        }
    }

    private void connect(Socket client) throws IOException, InterruptedException {
        open.add(client);
        if (!passes()) {
            close(client);
            return;
        }
        Socket server = new Socket();
        open.add(server);
        server.setReceiveBufferSize(SOCKET_BUFFER);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        run(() -> pump(client, server));
        pump(server, client);
    }

    private void pump(Socket from, Socket to) throws IOException, InterruptedException {
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            byte[] bytes = new byte[SOCKET_BUFFER];
            int read = in.read(bytes);
            while (read >= 0 && passes()) {
                out.write(bytes, 0, read);
                read = in.read(bytes);
            }
        }
    }

    /** A connection that one of both sides has left fails here; that is all there is to do about it. */
    private static void run(Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        step.run();
                    } catch (IOException | InterruptedException e) {
                        // The connection, or the relay, has ended.
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Closeable connection) {
        try {
            connection.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException, InterruptedException;
    }
}

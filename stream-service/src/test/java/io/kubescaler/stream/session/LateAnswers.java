package io.kubescaler.stream.session;

import io.kubescaler.processes.RedisProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A way to a Redis master on which requests arrive at once, and answers late. */
final class LateAnswers implements AutoCloseable {

    private final RedisProcess master;
    private final ServerSocket door;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    private volatile Duration delay = Duration.ZERO;

    LateAnswers(RedisProcess master) {
        this.master = master;
        try {
            door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    URI uri() {
        return URI.create("redis://127.0.0.1:" + door.getLocalPort());
    }

    /** Of the answers from now on; zero at first. */
    void delay(Duration time) {
        delay = time;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server = new Socket(master.uri().getHost(), master.uri().getPort());
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                open.add(client);
                open.add(server);
                start(() -> copyRequests(client, server));
                start(() -> copyAnswers(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void copyRequests(Socket client, Socket server) {
        try (client;
                server) {
            client.getInputStream().transferTo(server.getOutputStream());
        } catch (IOException e) {
            // One side has closed the connection, which closes the other.
        }
    }

    private void copyAnswers(Socket server, Socket client) {
        // Each task writes the oldest part, so their order stays when the delay becomes shorter.
        Queue<byte[]> parts = new ConcurrentLinkedQueue<>();
        byte[] buffer = new byte[1 << 16];
        try (server;
                client) {
            InputStream in = server.getInputStream();
            OutputStream out = client.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                parts.add(Arrays.copyOf(buffer, read));
                writer.schedule(() -> write(parts.remove(), out), delay.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (IOException e) {
            // One side has closed the connection, which closes the other.
        }
    }

    private static void write(byte[] part, OutputStream out) {
        try {
            out.write(part);
        } catch (IOException e) {
            // The reader of the other direction notices it, too.
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "late-answers");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        writer.shutdownNow();
        try {
            door.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.kubescaler.processes;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;

/** Sends a command to a Redis, as an operator types it. */
public final class RedisCommand {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private RedisCommand() {}

    /**
     * Sends the command on a new connection.
     *
     * @return the first line of the answer, for instance {@code +OK}
     * @throws UncheckedIOException if there is no answer within 30 s
     */
    public static String send(URI redis, String command) {
        return send(redis, command, PATIENCE);
    }

    /** @param limit the longest time for the answer */
    public static String send(URI redis, String command, Duration limit) {
        try (Socket socket = begin(redis, command)) {
            socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends the command and returns the lines of its answer, which must be a bulk string.
     *
     * @throws UncheckedIOException if there is no answer within 30 s
     */
    public static Stream<String> sendForLines(URI redis, String command) {
        try (Socket socket = begin(redis, command)) {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            StringBuilder length = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                length.append((char) next);
            }
            int bytes = Integer.parseInt(length.substring(1).trim());
            return new String(in.readNBytes(bytes), StandardCharsets.UTF_8).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the command without waiting for an answer. The caller closes the socket. */
    public static Socket begin(URI redis, String command) throws IOException {
        Socket socket = new Socket(redis.getHost(), redis.getPort());
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}

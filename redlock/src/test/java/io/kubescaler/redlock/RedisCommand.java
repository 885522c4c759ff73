package io.kubescaler.redlock;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A command to a Redis as an operator would type it. */
final class RedisCommand {

    private RedisCommand() {}

    /** Sends the command on a connection of its own, and returns the first line of the answer. */
    static String send(URI redis, String command) {
        try (Socket socket = connect(redis)) {
            write(socket, command);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the command without waiting for an answer; closing the socket is up to the caller. */
    static Socket begin(URI redis, String command) throws IOException {
        Socket socket = connect(redis);
        write(socket, command);
        return socket;
    }

    private static Socket connect(URI redis) throws IOException {
        return new Socket(redis.getHost(), redis.getPort());
    }

    private static void write(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
}

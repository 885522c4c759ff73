package io.kubescaler.redlock;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

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

    /** Sends the command, and returns the lines of its answer, which has to be a text. */
    static Stream<String> sendForLines(URI redis, String command) {
        try (Socket socket = connect(redis)) {
            write(socket, command);
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

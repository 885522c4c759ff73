package io.kubescaler.backing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** As much of a Redis client as these tests need. */
final class RedisClient {

    private static final int ANSWER_TIMEOUT_MS = 1000;

    private RedisClient() {}

    /** Sends one command on a new connection; answers the first line of the answer, for instance {@code +OK}. */
    static String send(URI redis, String command) throws IOException {
        try (Socket socket = new Socket(redis.getHost(), redis.getPort())) {
            socket.setSoTimeout(ANSWER_TIMEOUT_MS);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }
}

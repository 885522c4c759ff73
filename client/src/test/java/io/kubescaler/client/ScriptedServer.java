package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Serves one request per connection, byte by byte, by the next script. */
final class ScriptedServer implements AutoCloseable {

    /** Of all sessions and messages of a script that names no other. */
    static final long EPOCH = 1_800_000_000_000L;

    private static final int PATIENCE_SECONDS = 10;

    /** Nothing listens there; the port of a server that was closed could be another program's by now. */
    static final URI NOBODY = URI.create("http://127.0.0.1:1");

    private final ServerSocket server;
    private final BlockingQueue<Script> scripts = new LinkedBlockingQueue<>();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

    interface Script {
        void play(Answer answer) throws IOException;
    }

    record Request(String method, String path, Map<String, String> headers) {

        @Nullable
        String token() {
            return headers.get("last-event-id");
        }
    }

    ScriptedServer() {
        try {
            server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        daemon(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    ScriptedServer then(Script script) {
        scripts.add(script);
        return this;
    }

    /** Waits for the next request, and returns it. */
    Request request() {
        try {
            Request request = requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(request).as("a request").isNotNull();
            return request;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    int requestsLeft() {
        return requests.size();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                daemon(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String first = lines.readLine();
            if (first == null) {
                return;
            }
            String[] words = first.split(" ");
            Map<String, String> headers = new TreeMap<>();
            for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
                String[] field = line.split(": ", 2);
                headers.put(field[0].toLowerCase(Locale.ROOT), field[1]);
            }
            requests.add(new Request(words[0], words[1], headers));
            Script script = scripts.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (script != null) {
                script.play(new Answer(socket));
            }
        } catch (IOException left) {
            // The client may leave at any time.
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "scripted server");
        thread.setDaemon(true);
        thread.start();
    }

    /** The server's end of a connection. It is closed after the script. */
    record Answer(Socket socket) {

        void raw(String text) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        Answer status(int status, String... headers) throws IOException {
            raw("HTTP/1.1 " + status + " -\r\nConnection: close\r\n" + String.join("\r\n", headers)
                    + (headers.length == 0 ? "\r\n" : "\r\n\r\n"));
            return this;
        }

        void problem(int status, String body, String... headers) throws IOException {
            String[] all = new String[headers.length + 2];
            System.arraycopy(headers, 0, all, 0, headers.length);
            all[headers.length] = "Content-Type: application/problem+json";
            all[headers.length + 1] = "Content-Length: " + body.length();
            status(status, all).raw(body);
        }

        Answer stream() throws IOException {
            return status(200, "Content-Type: text/event-stream;charset=UTF-8", "Transfer-Encoding: chunked");
        }

        Answer send(String events) throws IOException {
            raw(Integer.toHexString(events.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + events + "\r\n");
            return this;
        }

        Answer session(String token, String instance, String since) throws IOException {
            return session(token, instance, since, EPOCH);
        }

        Answer session(String token, String instance, String since, long epoch) throws IOException {
            return send(
                    "id: %s\nevent: session\ndata: {\"instance\":\"%s\",\"since\":\"%s\",\"ttl\":60,\"epoch\":%d}\n\n"
                            .formatted(token, instance, since, epoch));
        }

        Answer message(long sequence, String instance) throws IOException {
            return message(sequence, instance, EPOCH);
        }

        Answer message(long sequence, String instance, long epoch) throws IOException {
            return send(messageEvent(sequence, instance, "text " + sequence, epoch));
        }

        Answer end(String reason, @Nullable Integer retryMillis) throws IOException {
            String retry = retryMillis == null ? "" : "retry: " + retryMillis + "\n";
            return send("event: end\n" + retry + "data: {\"reason\":\"" + reason + "\"}\n\n");
        }

        /** Ends the body with the last chunk. */
        void finish() throws IOException {
            raw("0\r\n\r\n");
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Waits until the client has closed the connection, or this server is closed. */
        void awaitLeft() throws IOException {
            while (socket.getInputStream().read() >= 0) {
                // The client sends nothing more.
            }
        }
    }

    static String messageEvent(long sequence, String instance, String text) {
        return messageEvent(sequence, instance, text, EPOCH);
    }

    static String messageEvent(long sequence, String instance, String text, long epoch) {
        return "event: message\ndata: {\"sequence\":%d,\"instance\":\"%s\",\"timestamp\":\"2026-11-21T05:56:17.397598845Z\",\"message\":\"%s\",\ndata: \"epoch\":%d}\n\n"
                .formatted(sequence, instance, text, epoch);
    }
}

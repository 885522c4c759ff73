package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever is sent, no server fails, each rejection has words, and the streams of others go on. */
@Tag("long")
@ExtendWith(SharedLocal.class)
class AbuseIT {

    /** What a server answers, it answers within this time; a request that seems to go on gets no answer. */
    private static final int ANSWER_MILLIS = 5_000;

    /** An answer that does not end is a stream, or a connection that stays open for the next request. */
    private static final int ENOUGH_MILLIS = 300;

    private static final int STREAMS = 4;
    private static final Pattern STATUS = Pattern.compile("^HTTP/\\d\\.\\d (\\d{3}) ");
    private static final String JSON_BODY = "Content-Type: application/json";

    @Test
    void cutsNoStreamAndFailsNowhere(RunningLocal local) throws Exception {
        try (Audience audience = new Audience(local, STREAMS)) {
            List<String> faults = new ArrayList<>();
            for (int port : new int[] {
                local.ports().gateway(),
                local.ports().base(),
                local.ports().main(),
                local.ports().streams().get(0),
                local.ports().streamsManagement().get(0)
            }) {
                for (String request : requests()) {
                    String fault = fault(request, answer(port, request));
                    if (fault != null) {
                        faults.add(port + " " + request.lines().findFirst().orElse("") + ": " + fault);
                    }
                }
            }
            assertThat(faults).isEmpty();
            audience.assertGoesOn();
        }
    }

    private static List<String> requests() {
        String stream = "/stream/" + UUID.randomUUID() + "/" + UUID.randomUUID();
        List<String> requests = new ArrayList<>();
        for (String path : List.of("/main/users", "/users", stream, "/", "/nothing")) {
            for (String query : List.of(
                    "?x[]=1", "?x=%zz", "?x=%00", "?a=b&a=c&&&=", "?x={}|^`", "?%FF=%FE", "?" + "a".repeat(20_000))) {
                requests.add(get(path + query));
            }
            for (String method :
                    List.of("HEAD", "OPTIONS", "TRACE", "PATCH", "PUT", "CONNECT", "FOO", "foo", "POST", "DELETE")) {
                requests.add(request(method + " " + path, "Content-Length: 0"));
            }
            for (String accept : List.of(
                    "garbage",
                    "*/*;q=2",
                    "application/json;q=",
                    "image/png",
                    "text/event-stream;q=0",
                    "",
                    "a/b,".repeat(300) + "a/b")) {
                requests.add(get(path, "Accept: " + accept));
            }
            requests.add(get(path, "X-Big: " + "a".repeat(20_000)));
            requests.add(get(path, "Range: bytes=999999999-1"));
            requests.add(get(path, "If-Modified-Since: nonsense", "If-None-Match: x"));
            requests.add(get(path, "Cookie: =;;a=b;", "Authorization: Bearer", "Accept-Language: x-;;q=9"));
            requests.add(get(path, "Last-Event-ID: \u00ff\u00fe", "Sec-Fetch-Site: \u00ff"));
            requests.add(get(path, "X-Forwarded-Host: a b", "X-Forwarded-Proto: x", "Forwarded: for=;;"));
            requests.add(get(path, "Host: other"));
            requests.add("GET " + path + " HTTP/1.0\r\n\r\n");
            requests.add("GET " + path + " HTTP/9.9\r\nHost: localhost\r\n\r\n");
            requests.add("GET " + path + " HTTP/1.1\r\nConnection: close\r\n\r\n");
            requests.add(upgrade(
                    path,
                    "websocket",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + "Sec-WebSocket-Version: 13"));
            requests.add(upgrade(path, "h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"));
            for (String headers : List.of(
                    JSON_BODY + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
                    JSON_BODY + "\r\nContent-Length: 4\r\nContent-Length: 5",
                    JSON_BODY + "\r\nContent-Length: -4",
                    JSON_BODY + "\r\nTransfer-Encoding: chunked",
                    JSON_BODY + ";charset=nope\r\nContent-Length: 2",
                    JSON_BODY + "\r\nContent-Encoding: gzip\r\nContent-Length: 2",
                    JSON_BODY + "\r\nExpect: nonsense\r\nContent-Length: 2",
                    "Content-Type: garbage\r\nContent-Length: 2")) {
                requests.add(request("POST " + path, headers) + "{}zz\r\n");
            }
            requests.add(request("POST " + path, JSON_BODY, "Content-Length: 8000") + "[".repeat(8_000));
            requests.add(request("POST " + path, JSON_BODY, "Content-Length: 7") + "{\"a\":\"\u00ff");
        }
        requests.add("\u0016\u0003\u0001\u0002\r\n\r\n");
        requests.add(request("OPTIONS *"));
        return requests;
    }

    private static String get(String path, String... headers) {
        return request("GET " + path, headers);
    }

    private static String request(String line, String... headers) {
        return line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + String.join(
                        "",
                        List.of(headers).stream().map(header -> header + "\r\n").toList()) + "\r\n";
    }

    private static String upgrade(String path, String to, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: " + to + "\r\n"
                + headers + "\r\n\r\n";
    }

    /** What came until the server closed the connection, or stopped sending. */
    private static String answer(int port, String request) throws IOException {
        StringBuilder answer = new StringBuilder();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            byte[] bytes = new byte[64 * 1024];
            for (int read = socket.getInputStream().read(bytes);
                    read >= 0 && answer.length() < bytes.length;
                    read = socket.getInputStream().read(bytes)) {
                answer.append(new String(bytes, 0, read, StandardCharsets.ISO_8859_1));
                socket.setSoTimeout(ENOUGH_MILLIS);
            }
        } catch (SocketTimeoutException e) {
            // It says no more.
        } catch (SocketException e) {
            // A server may close the connection while it still gets what it has rejected.
        }
        return answer.toString();
    }

    /** What is wrong with an answer; null if nothing is. */
    private static @Nullable String fault(String request, String answer) {
        Matcher status = STATUS.matcher(answer);
        if (!status.find()) {
            // Only what cannot be parsed as HTTP may stay without an answer.
            return answer.isEmpty() && !request.contains("HTTP/1.1\r\nHost") ? null : "no answer: " + answer;
        }
        int code = Integer.parseInt(status.group(1));
        if (code == 500 || code == 502 || code == 503 || code == 504 || code == 101) {
            return answer;
        }
        boolean words = answer.contains("application/problem+json") && answer.contains("\"title\"");
        return code < 400 || words || request.startsWith("HEAD") ? null : "no words: " + answer;
    }
}

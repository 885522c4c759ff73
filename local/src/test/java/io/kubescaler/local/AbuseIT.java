package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisCommand;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whatever is sent, no server fails or complains in its log, each rejection has words, no pair stays locked, and the
 * streams of others go on.
 */
@ExtendWith(SharedLocal.class)
class AbuseIT {

    /** What a server answers, it answers within this time; a request that seems to go on gets no answer. */
    private static final int ANSWER_MILLIS = 5_000;

    /** An answer that does not end is a stream, or a connection that stays open for the next request. */
    private static final int ENOUGH_MILLIS = 300;

    private static final int ENOUGH_BYTES = 64 * 1024;
    private static final int STREAMS = 4;
    private static final Pattern STATUS = Pattern.compile("^HTTP/\\d(?:\\.\\d)? (\\d{3}) ");

    /** Some requests are good enough for base to make a user. */
    private static final Pattern MADE = Pattern.compile("^HTTP/1\\.1 201 [^{]*\\{\"id\":\"([^\"]+)\"");

    private static final Pattern REQUEST_LINE = Pattern.compile("(\\S+) (\\S+) HTTP/.*");

    /** How HTTP/2 rejects what is no request. */
    private static final String MALFORMED = "reset " + Http2Error.PROTOCOL_ERROR;

    private static final String TWO_NAMES = "Host: other";
    /** Reactor Netty rejects it so, before anything of ours. */
    private static final String TWO_NAMES_RESET = "reset " + Http2Error.CANCEL;

    /** Of each request; over HTTP/2, they are in other places. */
    private static final List<String> OF_HTTP1 = List.of("Host: localhost", "Connection: close");

    private static final String JSON_BODY = "Content-Type: application/json";

    /** A pair is locked for so long after its client has left. */
    private static final Duration LOCKED = Duration.ofMinutes(2);

    private static final List<String> SERVICES = List.of("gateway", "base", "main", "stream-1", "stream-2");
    private static final Pattern COMPLAINT = Pattern.compile("^(\\S+ +(WARN|ERROR) |\\s+at )");

    /** Each request has a new pair, so that it opens a stream if it can. */
    private static final String PAIR = "USER/PROFILE";

    private static final String STREAM = "/stream/" + PAIR;

    private static final String KEYS = "EVAL \"return table.concat(redis.call('KEYS', '*'), '\\\\n')\" 0";

    /** Where requests are sent, by name; the path is one that it serves. */
    private record Door(String name, int port, Way way, String path, boolean headers) {}

    private interface Way {
        String answer(int port, String request) throws Exception;
    }

    @Test
    void cutsNoStreamAndFailsNowhere(RunningLocal local) throws Exception {
        send(local, door -> requests(List.of(door.path)));
    }

    @Test
    @Tag("long")
    @Timeout(1_200)
    void cutsNoStreamAndFailsNowhereWhateverTheAddress(RunningLocal local) throws Exception {
        send(local, door -> requests(List.of("/main/users", "/users", STREAM, "/", "/nothing")));
    }

    private static void send(RunningLocal local, Function<Door, List<String>> requests) throws Exception {
        Map<String, Integer> logged = new HashMap<>();
        for (String service : SERVICES) {
            logged.put(service, local.logged(service).length());
        }
        List<String> faults = new ArrayList<>();
        try (Audience audience = new Audience(local, STREAMS)) {
            List<String> headers = SecurityHeaders.documented();
            Set<String> locked = locks(local);
            for (Door door : doors(local.ports())) {
                for (String each : requests.apply(door)) {
                    String request = each.contains(PAIR) ? each.replace(PAIR, audience.newPair()) : each;
                    String answer = door.way.answer(door.port, request);
                    MADE.matcher(answer).results().forEach(user -> audience.add(user.group(1)));
                    String fault = fault(request, answer, door.headers ? headers : List.of());
                    if (fault != null) {
                        faults.add(door.name + " " + request.lines().limit(5).toList() + ": " + fault);
                    }
                }
            }
            audience.assertGoesOn();
            await().atMost(LOCKED)
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(locks(local)).isSubsetOf(locked));
        }
        for (String service : SERVICES) {
            local.logged(service)
                    .substring(logged.get(service))
                    .lines()
                    .filter(COMPLAINT.asPredicate())
                    .forEach(line -> faults.add(service + " logged: " + line));
        }
        assertThat(faults).isEmpty();
    }

    private static List<Door> doors(Ports ports) {
        return List.of(
                new Door("gateway", ports.gateway(), AbuseIT::answer, STREAM, true),
                new Door("gateway with TLS", ports.gatewaySecure(), AbuseIT::answerWithTls, "/main/users", true),
                new Door("gateway with HTTP/2", ports.gatewaySecure(), AbuseIT::answerOfHttp2, STREAM, true),
                new Door("base", ports.base(), AbuseIT::answer, "/users", true),
                new Door("main", ports.main(), AbuseIT::answer, "/main/users", true),
                new Door("stream", ports.streams().get(0), AbuseIT::answer, STREAM, true),
                new Door("management", ports.streamsManagement().get(0), AbuseIT::answer, "/", false));
    }

    /** The keys of locked and launched pairs at all masters. */
    private static Set<String> locks(RunningLocal local) {
        return local.ports().redis().stream()
                .flatMap(port -> RedisCommand.sendForLines(URI.create("redis://127.0.0.1:" + port), KEYS))
                .filter(key -> key.startsWith("lock:") || key.startsWith("launched:"))
                .collect(Collectors.toSet());
    }

    private static List<String> requests(List<String> paths) {
        List<String> requests = new ArrayList<>();
        for (String path : paths) {
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
            requests.add(get(path, TWO_NAMES));
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

    private static String answer(int port, String request) throws IOException {
        return answer(new Socket(InetAddress.getLoopbackAddress(), port), request);
    }

    private static String answerWithTls(int port, String request) throws Exception {
        return answer(
                GatewayIT.trusting().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port), request);
    }

    /** What came until the server closed the connection, or stopped sending. */
    private static String answer(Socket connection, String request) throws IOException {
        StringBuilder answer = new StringBuilder();
        try (Socket socket = connection) {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            byte[] bytes = new byte[ENOUGH_BYTES];
            for (int read = socket.getInputStream().read(bytes);
                    read >= 0 && answer.length() < ENOUGH_BYTES;
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

    /** The same request in frames, and what came as HTTP/1.1 would have it. */
    private static String answerOfHttp2(int port, String request) throws Exception {
        String[] parts = request.split("\r\n\r\n", 2);
        List<String> lines = parts[0].lines().toList();
        Matcher line = REQUEST_LINE.matcher(lines.get(0));
        if (!line.matches()) {
            return "";
        }
        List<String> head = new ArrayList<>(List.of(
                ":method", line.group(1), ":path", line.group(2), ":scheme", "https", ":authority", "localhost"));
        lines.stream().skip(1).filter(header -> !OF_HTTP1.contains(header)).forEach(header -> {
            head.add(header.substring(0, header.indexOf(':')).toLowerCase(Locale.ROOT));
            head.add(header.substring(header.indexOf(':') + 1).strip());
        });
        StringBuilder answer = new StringBuilder();
        var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (RawHttp2 client = new RawHttp2(GatewayIT.trusting(), server, ENOUGH_BYTES, ANSWER_MILLIS)) {
            client.send(1, parts[1].getBytes(StandardCharsets.ISO_8859_1), head.toArray(String[]::new));
            while (answer.length() < ENOUGH_BYTES) {
                RawHttp2.Frame frame = client.read();
                if (frame.is(Http2FrameTypes.HEADERS, 1)) {
                    answer.append("HTTP/2 ").append(frame.status()).append(" \r\n");
                    frame.head()
                            .forEach(header -> answer.append(header.getKey())
                                    .append(": ")
                                    .append(header.getValue())
                                    .append("\r\n"));
                    answer.append("\r\n");
                    client.socket().setSoTimeout(ENOUGH_MILLIS);
                } else if (frame.is(Http2FrameTypes.DATA, 1)) {
                    answer.append(new String(frame.content(), StandardCharsets.ISO_8859_1));
                } else if (frame.is(Http2FrameTypes.RST_STREAM, 1)) {
                    return answer + "reset "
                            + Http2Error.valueOf(
                                    ByteBuffer.wrap(frame.content()).getInt());
                } else if (frame.type() == Http2FrameTypes.GO_AWAY) {
                    return answer + "go away "
                            + Http2Error.valueOf(
                                    ByteBuffer.wrap(frame.content(), 4, 4).getInt());
                }
                if (frame.stream() == 1 && frame.isLast()) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            // It says no more.
        }
        return answer.toString();
    }

    /** What is wrong with an answer; null if nothing is. */
    private static @Nullable String fault(String request, String answer, List<String> headers) {
        if (answer.endsWith(MALFORMED) || request.contains(TWO_NAMES) && answer.equals(TWO_NAMES_RESET)) {
            return null;
        }
        Matcher status = STATUS.matcher(answer);
        if (!status.find()) {
            // Only what cannot be parsed as HTTP may stay without an answer.
            return answer.isEmpty() && !request.contains("HTTP/1.1\r\nHost") ? null : "no answer: " + answer;
        }
        int code = Integer.parseInt(status.group(1));
        if (code == 500 || code == 502 || code == 503 || code == 504 || code == 101) {
            return answer;
        }
        // Tomcat itself answers that, with nothing in it.
        if (request.startsWith("OPTIONS *")) {
            return null;
        }
        String head = answer.substring(0, answer.indexOf("\r\n\r\n") + 2);
        for (String header : headers) {
            Matcher names = Pattern.compile("(?im)^" + header + ":").matcher(head);
            if (names.results().count() != 1) {
                return "not one " + header + ": " + head;
            }
        }
        boolean words = answer.contains("application/problem+json") && answer.contains("\"title\"");
        return code < 400 || words || request.startsWith("HEAD") ? null : "no words: " + answer;
    }
}

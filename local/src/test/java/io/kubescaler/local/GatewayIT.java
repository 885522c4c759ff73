package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kubescaler.backing.Connections;
import io.kubescaler.backing.NetworkNamespace;
import io.kubescaler.backing.RawHttp;
import io.kubescaler.local.gateway.Gateway;
import io.kubescaler.local.gateway.SecureDoor;
import io.kubescaler.local.gateway.Upstreams;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.service.web.ForeignPages;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

/** What the gateway does with a stream, between a client that reads nothing and an instance that the test plays. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("gateway of GatewayIT")
class GatewayIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Longer than a client may take nothing. */
    private static final Duration STALLED = Duration.ofMinutes(3);

    private static final String PATIENCE_SETTING = "kubescaler.web.patience";

    private static final String HEADERS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    private static final String FIRST = "event: session\nid: a\ndata: {}\n\n";
    private static final byte[] MESSAGE = ("data: " + "x".repeat(25_000) + "\n\n").getBytes(StandardCharsets.US_ASCII);

    private static ServerSocketChannel door;
    private static ConfigurableApplicationContext gateway;
    private static int port;
    private static int securePort;
    private static Path log;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        log = directory.resolve("gateway.log");
        door = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        URI instance = URI.create("http://127.0.0.1:" + ((InetSocketAddress) door.getLocalAddress()).getPort());
        port = FreePorts.next();
        Path certificate = directory.resolve("gateway.p12");
        Certificate.make(certificate, "password", directory.resolve("certificate.log"));
        securePort = FreePorts.next();
        System.setProperty(PATIENCE_SETTING, "3s");
        gateway = Gateway.start(
                port,
                // For a client in a network namespace, too.
                new SecureDoor(new InetSocketAddress(securePort), certificate, "password"),
                new Upstreams(instance, List.of(instance, instance)),
                List.of("local", "localhost", "127.0.0.1"),
                log);
    }

    @AfterAll
    static void stop() throws IOException {
        System.clearProperty(PATIENCE_SETTING);
        gateway.close();
        door.close();
    }

    @Test
    void endsTheConnectionOfAClientThatReadsNothingWhenTheInstanceEndsTheStream() throws IOException {
        assumeConnectionsAreListed();
        try (Socket client = connect("HTTP/1.1");
                SocketChannel instance = accept()) {
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            // More than the client's system takes, and not so much that the end waits in the instance's own system.
            for (int i = 0; i < 8; i++) {
                instance.write(ByteBuffer.wrap(MESSAGE));
            }
            end(instance);

            await().atMost(PATIENCE).until(() -> Connections.areGone(List.of(client)));
        }
    }

    @Test
    void endsTheConnectionOfAClientThatReadsNothingWhenTheInstanceCutsItOff() throws IOException {
        assumeConnectionsAreListed();
        try (Socket client = connect("HTTP/1.1");
                SocketChannel instance = accept()) {
            assertThat(fill(instance)).as("bytes that the gateway takes").isLessThan(1_500_000);

            instance.setOption(StandardSocketOptions.SO_LINGER, 0);
            end(instance);

            await().atMost(PATIENCE).until(() -> Connections.areGone(List.of(client)));
        }
    }

    @Test
    void endsTheConnectionOfAClientThatReadsSlowlyWhenTheInstanceEndsTheStream() throws IOException {
        assumeConnectionsAreListed();
        try (Socket client = connect("/stream/a/b", "HTTP/1.1", 128 * 1024);
                SocketChannel instance = accept()) {
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            // The client's own system takes all of it at once.
            instance.write(ByteBuffer.wrap(MESSAGE));
            instance.write(ByteBuffer.wrap(MESSAGE));
            end(instance);

            await().atMost(PATIENCE).until(() -> {
                readSome(client);
                return Connections.areGone(List.of(client));
            });
        }
    }

    @Test
    void endsTheConnectionOfHttp2OfAClientThatReadsNothingWhenTheInstanceEndsTheStream() throws Exception {
        assumeConnectionsAreListed();
        try (RawHttp2 client = connectHttp2(4_096);
                SocketChannel instance = open(client, 1)) {
            client.grant(1);
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            for (int i = 0; i < 8; i++) {
                instance.write(ByteBuffer.wrap(MESSAGE));
            }
            end(instance);

            await().atMost(PATIENCE).until(() -> Connections.areGone(List.of(client.socket())));
        }
    }

    @Test
    void endsTheConnectionOfHttp2OfAClientThatReadsSlowlyWhenTheInstanceEndsTheStream() throws Exception {
        assumeConnectionsAreListed();
        try (RawHttp2 client = connectHttp2(128 * 1024);
                SocketChannel instance = open(client, 1)) {
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            instance.write(ByteBuffer.wrap(MESSAGE));
            instance.write(ByteBuffer.wrap(MESSAGE));
            end(instance);

            await().atMost(PATIENCE).until(() -> {
                readSome(client.socket());
                return Connections.areGone(List.of(client.socket()));
            });
        }
    }

    /** That needs root on Linux, ip and curl. */
    @Test
    void endsTheStreamOfHttp2OfAClientThatHasVanished(@TempDir Path directory) throws Exception {
        try (NetworkNamespace network = namespace()) {
            Path received = directory.resolve("received");
            Process client = network.curl(
                    received,
                    "-skN",
                    "-HHost: local",
                    "--http2",
                    "https://" + network.here() + ":" + securePort + "/stream/a/b");
            try (SocketChannel instance = accept()) {
                write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
                await().atMost(PATIENCE).until(() -> Files.readString(received).contains(FIRST));
                instance.configureBlocking(false);

                // An acknowledgement that takes a moment, long after anything that the gateway sends of itself.
                await().during(Duration.ofSeconds(9)).atMost(PATIENCE).until(() -> !isEnded(instance));
                network.vanish();
                write(instance, ": late\n\n");
                await().during(Duration.ofMillis(1_200)).atMost(PATIENCE).until(() -> !isEnded(instance));
                network.appear();
                await().atMost(PATIENCE).until(() -> Files.readString(received).contains(": late"));
                await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> !isEnded(instance));

                network.vanish();

                await().atMost(PATIENCE).until(() -> {
                    try {
                        // As long as the gateway takes it, the instance keeps the lock.
                        write(instance, ": keep-alive\n\n");
                        return false;
                    } catch (IOException closed) {
                        return true;
                    }
                });
            } finally {
                client.destroyForcibly();
            }
        }
    }

    /** It has used up the window of its stream, so only pings go to it. That needs root on Linux, ip and bash. */
    @Test
    void endsTheStreamOfHttp2OfAClientThatStoppedReadingAndHasVanished() throws Exception {
        try (NetworkNamespace network = namespace();
                ServerSocket relayed = new ServerSocket(0, 1, InetAddress.getByName(network.here()))) {
            List<String> command = new ArrayList<>(network.inside());
            command.addAll(List.of(
                    // With both, whatever happens to this JVM: they would keep the namespace.
                    "timeout",
                    "300",
                    "bash",
                    "-c",
                    "exec 3<>/dev/tcp/$0/$1 4<>/dev/tcp/$0/$2; cat <&3 >&4 & cat <&4 >&3",
                    network.here(),
                    "" + securePort,
                    "" + relayed.getLocalPort()));
            Process relay = new ProcessBuilder(command).start();
            try (RawHttp2 client = new RawHttp2(trusting(), relayed.accept());
                    SocketChannel instance = open(client, 1)) {
                write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
                for (int i = 0; i < 8; i++) {
                    instance.write(ByteBuffer.wrap(MESSAGE));
                }
                instance.configureBlocking(false);
                // The client reads no ping, but its system acknowledges it.
                await().during(Duration.ofSeconds(8)).atMost(PATIENCE).until(() -> !isEnded(instance));

                network.vanish();

                await().atMost(PATIENCE).until(() -> isEnded(instance));
            } finally {
                relay.destroy();
            }
        }
    }

    private static boolean isEnded(SocketChannel instance) {
        try {
            return instance.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    private static NetworkNamespace namespace() {
        try {
            assumeTrue(NetworkNamespace.run("curl", "-V").contains(" HTTP2 "), "This curl knows no HTTP/2");
            return new NetworkNamespace();
        } catch (IOException e) {
            return abort("No client vanishes: " + e.getMessage());
        }
    }

    @Test
    void leavesTheConnectionOfHttp2ToItsOtherStreams() throws Exception {
        try (RawHttp2 client = connectHttp2(128 * 1024);
                SocketChannel ended = open(client, 1);
                SocketChannel other = open(client, 3)) {
            client.grant(3);
            for (SocketChannel instance : List.of(ended, other)) {
                write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            }
            // More than the window of the stream.
            for (int i = 0; i < 8; i++) {
                ended.write(ByteBuffer.wrap(MESSAGE));
            }
            end(ended);

            await().atMost(PATIENCE).until(client::read, frame -> frame.is(Http2FrameTypes.RST_STREAM, 1));
            await().during(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> {
                write(other, FIRST);
                client.read(Http2FrameTypes.DATA, 3);
                return true;
            });
        }
    }

    @Test
    @Tag("long")
    void endsTheConnectionsOfClientsThatTakeNothingOfAnAnswer() throws Exception {
        assumeConnectionsAreListed();
        try (Socket client = connect("/main/users", "HTTP/1.1", 4_096);
                SocketChannel main = accept();
                RawHttp2 secureClient = connectHttp2(4_096);
                SocketChannel secureMain = open(secureClient, 1, "/main/users")) {
            secureClient.grant(1);
            for (SocketChannel each : List.of(main, secureMain)) {
                write(each, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                for (int i = 0; i < 8; i++) {
                    each.write(ByteBuffer.wrap(MESSAGE));
                }
            }
            await().atMost(STALLED).until(() -> Connections.areGone(List.of(client, secureClient.socket())));
        }
    }

    static void assumeConnectionsAreListed() {
        assumeTrue(Connections.areListed(), "This system does not list its connections in /proc/net/tcp");
    }

    @Test
    void passesOnAllThatTheInstanceSendsToAClientThatReads() throws IOException {
        try (Socket client = connect("HTTP/1.1");
                SocketChannel instance = accept()) {
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            instance.write(ByteBuffer.wrap(MESSAGE));
            end(instance);

            assertThat(readAll(client))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("\r\nTransfer-Encoding: chunked\r\n")
                    .contains(FIRST)
                    .endsWith("\r\n0\r\n\r\n")
                    .hasSizeGreaterThan(MESSAGE.length);
        }
    }

    @Test
    void sendsNoChunksToAClientOfAnOlderHttp() throws IOException {
        try (Socket client = connect("HTTP/1.0");
                SocketChannel instance = accept()) {
            write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            end(instance);

            assertThat(readAll(client))
                    .doesNotContainIgnoringCase("Transfer-Encoding")
                    .endsWith("\r\n\r\n" + FIRST);
        }
    }

    @Test
    void endsConnectionsThatWaitForMore() throws Exception {
        List<Socket> waiting = new ArrayList<>();
        try {
            for (String sent : List.of(
                    "",
                    "GET /sys",
                    "GET /nothing HTTP/1.1\r\nHost: local\r\n\r\n",
                    "GET /nothing HTTP/1.1\r\nHost: local\r\n\r\nGET /sys")) {
                Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
                waiting.add(client);
                Socket secure =
                        trusting().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), securePort);
                waiting.add(secure);
                for (Socket each : List.of(client, secure)) {
                    each.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
                }
            }
            waiting.add(new Socket(InetAddress.getLoopbackAddress(), securePort));
            for (Socket each : waiting) {
                each.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
                readAll(each);
            }
        } finally {
            for (Socket each : waiting) {
                each.close();
            }
        }
    }

    /** main would close the connection while the body is still on its way. */
    @Test
    void rejectsItselfWhatNoServiceCanMeet() throws IOException {
        try (Socket client = send("POST /main/testdata HTTP/1.1\r\nHost: local\r\nConnection: close\r\n"
                + "Expect: nonsense\r\nContent-Length: 2\r\n\r\n{}")) {

            assertThat(readAll(client)).startsWith("HTTP/1.1 417 ").contains("application/problem+json", "Expect");
        }
    }

    @Test
    void answersInWordsIfABodyComesTooLate() throws IOException {
        try (Socket client = send("POST /main/testdata HTTP/1.1\r\nHost: local\r\nContent-Length: 9\r\n\r\n{")) {
            SocketChannel main = accept();

            assertThat(readAll(client))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("application/problem+json", "body: too late");
            awaitEnd(main);
        }
    }

    @Test
    void answersABodyOfHttp2ThatComesTooLate() throws Exception {
        try (RawHttp2 client = connectHttp2(4_096)) {
            client.post(1, "/main/testdata", "{");
            SocketChannel main = accept();

            RawHttp2.Frame answer = client.read(Http2FrameTypes.HEADERS, 1);
            assertThat(answer.status()).isEqualTo("408");
            awaitEnd(main);
        }
    }

    @Test
    void logsNoClientThatLeavesOrContradictsItself() throws Exception {
        int before = logged(0).length();
        try (Socket client = send("POST /main/testdata HTTP/1.1\r\nHost: local\r\nContent-Length: 9\r\n\r\n{")) {
            SocketChannel main = accept();
            client.shutdownOutput();
            awaitEnd(main);
        }
        try (RawHttp2 client = connectHttp2(4_096)) {
            client.post(1, "/nothing", "{");
            client.end(1); // too early
            client.post(3, "/main/testdata", "{");
            SocketChannel main = accept();
            client.end(3);
            awaitEnd(main);
            client.post(5, "/main/testdata", "{");
            main = accept();
            client.reset();
            awaitEnd(main);
        }

        assertThat(logged(before)).doesNotContain("WARN", "ERROR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /stream/a/b?session=TOKEN HTTP/2.0\r\nHost: local",
                "GET /stream/a/b?session=TOKEN HTTP/1.x\r\nHost: local",
                "GET /stream/a/b?session=TOKEN%zz HTTP/1.1\r\nHost: local",
                "GET /stream/a/b HTTP/1.1\r\nHost: local\r\nAuthorization : Bearer TOKEN",
                "GET /stream/a/b HTTP/1.1\r\nHost: local\r\nLast-Event-ID: TOKEN\u0001",
                "GET /stream/a/b?session=TOKEN HTTP/1.1\r\nHost: local\r\nContent-Length: x",
                "TOKEN"
            })
    void logsNothingOfARequestThatCannotBeRead(String request) throws IOException {
        int before = logged(0).length();
        try (Socket client = send(request + "\r\nConnection: close\r\n\r\n")) {

            assertThat(readAll(client)).startsWith("HTTP/1.1 400 ");
        }
        assertThat(logged(before)).doesNotContain("TOKEN", "WARN", "ERROR");
    }

    @ParameterizedTest
    @CsvSource({"/stream/a/b, -1", "/stream/a/b, 0", "/main/users, -1", "/main/users, 0"})
    void cutsOffAnAnswerThatBreaksAndLogsNoToken(String path, int linger) throws IOException {
        int before = logged(0).length();
        try (Socket client = connect(path + "?session=TOKEN", "HTTP/1.1", 4_096);
                SocketChannel service = accept()) {
            write(service, HEADERS + "Transfer-Encoding: chunked\r\n\r\n4\r\n: x\n\r\n");
            assertThat(client.getInputStream().read()).isPositive();
            service.setOption(StandardSocketOptions.SO_LINGER, linger);
            end(service);
            try {
                assertThat(readAll(client)).doesNotEndWith("\r\n0\r\n\r\n");
            } catch (SocketException reset) {
                // It is cut off.
            }
        }
        assertThat(logged(before)).doesNotContain("TOKEN", "ERROR");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "content-length 3",
                "content-length 1 content-length 2",
                "content-length x",
                ":path /nothing",
                "connection close"
            })
    void resetsARequestOfHttp2ThatContradictsItself(String header) throws Exception {
        int before = logged(0).length();
        try (RawHttp2 client = connectHttp2(128 * 1024);
                SocketChannel other = open(client, 1)) {
            client.send(3, (":method GET :scheme https :authority local :path /stream/a/b " + header).split(" "));
            RawHttp2.Frame answer = client.read(Http2FrameTypes.RST_STREAM, 3);
            assertThat(answer.content()).endsWith((byte) Http2Error.PROTOCOL_ERROR.code());

            write(other, HEADERS + "Connection: close\r\n\r\n" + FIRST);
            client.read(Http2FrameTypes.DATA, 1);
        }
        assertThat(logged(before)).doesNotContain("WARN", "ERROR");
    }

    @Test
    void endsACallWhoseBodyCannotBeRead() throws Exception {
        int before = logged(0).length();
        try (Socket client = connectWithChunks("/main/users", "1\r\n{\r\n")) {
            SocketChannel main = door.accept();
            client.getOutputStream().write("no size\r\n".getBytes(StandardCharsets.US_ASCII));
            assertRejects(client);
            awaitEnd(main);
        }
        try (Socket client = connectWithChunks("/stream/a/b", "no size\r\n")) {
            assertRejects(client);
        }
        door.configureBlocking(false);
        try {
            await("no stream is opened that nobody reads")
                    .during(Duration.ofSeconds(1))
                    .until(() -> door.accept() == null);
        } finally {
            door.configureBlocking(true);
        }

        assertThat(logged(before)).doesNotContain("WARN", "ERROR");
    }

    private static Socket connectWithChunks(String path, String chunks) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: local\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    }

    private static void assertRejects(Socket client) throws IOException {
        assertThat(readAll(client))
                .startsWith("HTTP/1.1 400 ")
                .contains("application/problem+json", "X-Content-Type-Options");
    }

    /** Waits until the gateway ends its connection to a service. */
    private static void awaitEnd(SocketChannel service) throws IOException {
        try (service) {
            service.configureBlocking(false);
            // What is read is a part of the request.
            await().atMost(PATIENCE).until(() -> service.read(ByteBuffer.allocate(1_000)) < 0);
        }
    }

    @Test
    void endsAConnectionOfHttp2OnWhichNothingComesButPings() throws Exception {
        try (RawHttp2 client = connectHttp2(4_096)) {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> {
                try {
                    client.ping();
                    client.read();
                    return false;
                } catch (IOException ended) {
                    return true;
                }
            });
        }
    }

    @Test
    void answersInWordsIfTheServiceLeavesWhileARequestIsStillComing() throws IOException {
        try (Socket client = send("POST /main/testdata HTTP/1.1\r\nHost: local\r\nContent-Length: 9\r\n\r\n{")) {
            accept().close();

            assertThat(readAll(client))
                    .startsWith("HTTP/1.1 503 ")
                    .contains("application/problem+json", "no-store", "\"title\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /?LONG HTTP/1.1",
                "GET /%zz HTTP/1.1",
                "nonsense",
                "DELETE /main/testdata HTTP/1.1\r\nSec-Fetch-Site: cross-site",
                "GET / HTTP/1.1\r\nAccept: nonsense"
            })
    void rejectsInWordsAtBothPorts(String request) throws Exception {
        String sent = request.replace("LONG", "a".repeat(20_000)) + "\r\nHost: local\r\nConnection: close\r\n\r\n";
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket secure =
                        trusting().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), securePort)) {
            for (Socket each : List.of(client, secure)) {
                each.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
                each.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
                String answer = readAll(each);

                assertThat(answer)
                        .matches("(?s)HTTP/1.[01] 4.*")
                        .contains("application/problem+json", "\"title\"", "\"detail\"");
                ForeignPages.HEADERS.forEach(
                        (name, value) -> assertThat(answer).containsIgnoringCase("\r\n" + name + ": " + value));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/nothing HTTP/1.1, 400",
        "/nothing HTTP/1.1|Host: local|Host: local, 400",
        "/nothing HTTP/1.0|Host: local|Host: evil.test, 400",
        "/nothing HTTP/1.0, 404",
        "http://evil.test/nothing HTTP/1.1|Host: evil.test, 421",
        "http://evil.test/nothing HTTP/1.1|Host: local, 421",
        "http://evil.test/nothing HTTP/1.0, 421",
        "http://local@evil.test/nothing HTTP/1.1|Host: local, 421",
        "http://localhost/nothing HTTP/1.1|Host: evil.test, 400",
        "HTTP://LOCAL/nothing HTTP/1.1|Host: local, 404"
    })
    void servesOneHostOnly(String request, int status) throws IOException {
        try (Socket client = send("GET " + request.replace("|", "\r\n") + "\r\nConnection: close\r\n\r\n")) {

            assertThat(readAll(client))
                    .matches("(?s)HTTP/1.[01] " + status + " .*")
                    .contains("application/problem+json", "\"title\"");
        }
    }

    @ParameterizedTest
    @CsvSource({"accept */*, 400", "host local, 404", ":authority evil.test, 421"})
    void servesOneHostOnlyOverHttp2(String header, String status) throws Exception {
        try (RawHttp2 client = connectHttp2(4_096)) {
            client.send(1, (":method GET :scheme https :path /nothing " + header).split(" "));
            RawHttp2.Frame answer = client.read(Http2FrameTypes.HEADERS, 1);
            assertThat(answer.status()).isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({"Range, 1, 416", "X-Large, 9000, 431", "X-Large, 40000, 431"})
    void rejectsInWordsOverHttp2(String header, int length, int status) throws Exception {
        HttpResponse<String> answer = HttpClient.newBuilder()
                .sslContext(trusting())
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + securePort + "/index.html"))
                                .header(header, "bytes=99999999-".repeat(length / 15 + 1))
                                .timeout(PATIENCE)
                                .build(),
                        BodyHandlers.ofString());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"title\"", "\"detail\"");
    }

    static SSLContext trusting() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        return context;
    }

    private static RawHttp2 connectHttp2(int receiveBuffer) throws Exception {
        return new RawHttp2(
                trusting(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), securePort),
                receiveBuffer,
                Math.toIntExact(PATIENCE.toMillis()));
    }

    /** @return the gateway's connection to the instance */
    private static SocketChannel open(RawHttp2 client, int stream) throws IOException {
        return open(client, stream, "/stream/a/b");
    }

    private static SocketChannel open(RawHttp2 client, int stream, String path) throws IOException {
        client.get(stream, path);
        return accept();
    }

    private static Socket connect(String version) throws IOException {
        return connect("/stream/a/b", version, 4_096);
    }

    private static Socket connect(String path, String version, int receiveBuffer) throws IOException {
        Socket client = new Socket();
        client.setReceiveBufferSize(receiveBuffer);
        client.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        client.getOutputStream()
                .write(("GET " + path + " " + version + "\r\nHost: local\r\nAccept: text/event-stream\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    /** The gateway's connection to the instance. */
    private static SocketChannel accept() throws IOException {
        SocketChannel instance = door.accept();
        instance.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
        ByteBuffer request = ByteBuffer.allocate(10_000);
        while (!new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII).contains("\r\n\r\n")) {
            assertThat(instance.read(request)).isPositive();
        }
        return instance;
    }

    /** Sends messages until none has been taken for a while. @return bytes */
    private static long fill(SocketChannel instance) throws IOException {
        write(instance, HEADERS + "Connection: close\r\n\r\n" + FIRST);
        instance.configureBlocking(false);
        ByteBuffer message = ByteBuffer.wrap(MESSAGE);
        long[] written = {0};
        long[] before = {-1};
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> {
            before[0] = written[0];
            for (int count = 1; count > 0; written[0] += count) {
                message.position(message.hasRemaining() ? message.position() : 0);
                count = instance.write(message);
            }
            return written[0] > 0 && written[0] == before[0];
        });
        return written[0];
    }

    private static void write(SocketChannel instance, String text) throws IOException {
        instance.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void end(SocketChannel instance) throws IOException {
        instance.close();
    }

    private static String logged(int from) throws IOException {
        return Files.readString(log).substring(from);
    }

    private static Socket send(String request) throws IOException {
        Socket client = RawHttp.send(port, request);
        client.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        return client;
    }

    private static String readAll(Socket client) throws IOException {
        return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static void readSome(Socket client) throws IOException {
        try {
            client.getInputStream().skip(500);
        } catch (SocketException reset) {
            // It is cut off.
        }
    }
}

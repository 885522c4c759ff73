package io.kubescaler.stream.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Uses a fake API server, which records requests and can fail. */
class DeletionCostTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final AtomicInteger streams = new AtomicInteger();
    private final List<String> received = Collections.synchronizedList(new ArrayList<>());
    private volatile int status = 200;

    @TempDir
    private static Path keys;

    private static SSLContext identity;

    @TempDir
    private Path account;

    private HttpsServer api;
    private DeletionCost cost;

    @BeforeAll
    static void makeKeys() throws Exception {
        identity = newKey("api");
        newKey("another");
    }

    @BeforeEach
    void start() throws Exception {
        Files.writeString(account.resolve("namespace"), "here");
        Files.writeString(account.resolve("token"), "first");
        trust("api");
        api = serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        cost = deletionCost();
    }

    @AfterEach
    void stop() {
        api.stop(0);
    }

    @Test
    void isTheNumberOfStreams() throws Exception {
        streams.set(7);
        write();
        assertThat(received)
                .containsExactly(
                        "PATCH /api/v1/namespaces/here/pods/stream-x/status as Bearer first in"
                                + " application/merge-patch+json:"
                                + " {\"metadata\": {\"annotations\": {\"controller.kubernetes.io/pod-deletion-cost\": \"7\"}}}");
    }

    @Test
    void isWrittenInAPodOnly() {
        streams.set(7);
        var instance = new ApplicationContextRunner()
                .withUserConfiguration(Scheduled.class)
                .withBean(ScalingSettings.class, this::settings)
                .withBean(MeterRegistry.class, this::metrics);
        instance.run(elsewhere -> assertThat(elsewhere).doesNotHaveBean(DeletionCost.class));
        instance.withPropertyValues("kubescaler.stream.scaling.pod=stream-x")
                .run(inAPod -> await().untilAsserted(() -> assertThat(received).hasSize(1)));
    }

    @Test
    void isNotWrittenAgainWhileTheNumberIsNearlyTheSame() throws Exception {
        write();
        assertThat(received).as("a pod without the annotation costs nothing").isEmpty();
        streams.set(100);
        write();
        streams.set(110);
        write();
        assertThat(received).hasSize(1);
        streams.set(111);
        write();
        assertThat(received).hasSize(2).last().asString().contains("\"111\"");
        streams.set(0);
        write();
        assertThat(received).hasSize(3).last().asString().contains("\"0\"");
    }

    @Test
    void isWrittenLaterWhenTheServerRefuses() throws Exception {
        streams.set(7);
        status = 403;
        write();
        status = 200;
        write();
        write();
        assertThat(received).hasSize(2);
    }

    @Test
    void isWrittenLaterWhenTheServerDoesNotAnswer() throws Exception {
        streams.set(7);
        InetSocketAddress address = api.getAddress();
        api.stop(0);
        write();
        assertThat(received).isEmpty();
        api = serve(address);
        write();
        assertThat(received).hasSize(1);
    }

    @Test
    void isWrittenWithTheTokenOfTheMoment() throws Exception {
        streams.set(1);
        write();
        Files.writeString(account.resolve("token"), "second");
        streams.set(2);
        write();
        assertThat(received).last().asString().contains("Bearer second");
    }

    @Test
    void isToldToNobodyElse() throws Exception {
        trust("another");
        cost = deletionCost();
        streams.set(7);
        write();
        assertThat(received).isEmpty();
    }

    private void write() {
        cost.write().block();
    }

    private DeletionCost deletionCost() throws IOException {
        return new DeletionCost(settings(), metrics());
    }

    private ScalingSettings settings() {
        return new ScalingSettings(
                "stream-x", URI.create("https://127.0.0.1:" + api.getAddress().getPort()), account);
    }

    private MeterRegistry metrics() {
        var metrics = new SimpleMeterRegistry();
        metrics.gauge("kubescaler.stream.connections", streams);
        return metrics;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    @Import(DeletionCost.class)
    static class Scheduled {}

    private HttpsServer serve(InetSocketAddress address) throws IOException {
        HttpsServer server = HttpsServer.create(address, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity));
        server.createContext("/", exchange -> {
            try (InputStream body = exchange.getRequestBody()) {
                received.add("%s %s as %s in %s: %s"
                        .formatted(
                                exchange.getRequestMethod(),
                                exchange.getRequestURI(),
                                exchange.getRequestHeaders().getFirst("Authorization"),
                                exchange.getRequestHeaders().getFirst("Content-Type"),
                                new String(body.readAllBytes(), StandardCharsets.UTF_8)));
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    private void trust(String name) throws IOException {
        Files.copy(keys.resolve(name + ".crt"), account.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static SSLContext newKey(String name) throws Exception {
        Path store = keys.resolve(name + ".p12");
        keytool("-genkeypair -alias key -keyalg EC -dname CN=api -ext san=ip:127.0.0.1 -keystore " + store);
        keytool("-exportcert -rfc -alias key -file " + keys.resolve(name + ".crt") + " -keystore " + store);
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(store.toFile(), PASSWORD), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static void keytool(String arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Collections.addAll(command, arguments.split(" "));
        Collections.addAll(command, "-storepass", new String(PASSWORD));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}

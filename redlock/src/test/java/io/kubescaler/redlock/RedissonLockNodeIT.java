package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kubescaler.backing.Authority;
import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.redlock.redisson.RedisLogin;
import io.kubescaler.redlock.redisson.RedisTls;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The user {@code lock} of production has the rights for all of the contract, and no others. */
class RedissonLockNodeIT extends LockNodeContract {

    private static final String PASSWORD = UUID.randomUUID().toString();

    private static RedisNodes redis;
    private static RedissonNodes nodes;

    @BeforeAll
    static void start() {
        redis = Backing.redis(1);
        String user = "ACL SETUSER lock on >" + PASSWORD + " " + String.join(" ", RedisProcess.rights("lock"));
        assertThat(RedisCommand.send(redis.uris().get(0), user)).isEqualTo("+OK");
        nodes = RedissonNodes.connect(redis.uris(), new RedisLogin("lock", PASSWORD, null));
    }

    @AfterAll
    static void stop() {
        nodes.close();
        redis.close();
    }

    @Override
    LockNode node() {
        return nodes.nodes().get(0);
    }

    @Override
    void forgetLists() {
        RedisCommand.send(redis.uris().get(0), "DEL masters masters:used");
    }

    @Test
    void remembersABoundedNumberOfEndedSessionsThatHadNoLock() {
        String session = "s".repeat(LockNode.SESSION);
        Resource resource = Resources.next();
        List<CompletableFuture<?>> releases = IntStream.range(0, 10_100)
                .mapToObj(i -> node().release(Resources.next(), "owner" + i, Duration.ofMinutes(1)))
                .<CompletableFuture<?>>map(CompletionStage::toCompletableFuture)
                .toList();
        releases.forEach(CompletableFuture::join);
        get(node().release(resource, session, Duration.ofMinutes(1)));

        assertThat(get(node().acquire(resource, "next", session, Duration.ofMinutes(1), Instant.now())))
                .isInstanceOf(LockNode.AcquireReply.Ended.class);
        assertThat(RedisCommand.send(redis.uris().get(0), "ZCARD ended")).isEqualTo(":10000");
        assertThat(RedisCommand.send(redis.uris().get(0), "EXISTS ended:" + resource.lockKey() + ":" + session))
                .isEqualTo(":0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FLUSHALL",
                "KEYS *",
                "SCAN 0",
                "CONFIG GET *",
                "ACL LIST",
                "INFO",
                "SHUTDOWN",
                "REPLICAOF NO ONE",
                "SCRIPT FLUSH",
                "GET messages:1",
                "SET another 1",
                "DEL another",
                "EVAL \"return redis.call('GET', 'another')\" 0",
                "PUBLISH another text"
            })
    void mayDoNothingElse(String command) throws IOException {
        assertThat(asLock(command)).contains("permission");
    }

    private static String asLock(String command) throws IOException {
        try (Socket socket = RedisCommand.begin(redis.uris().get(0), "AUTH lock " + PASSWORD + "\r\n" + command)) {
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(answers.readLine()).isEqualTo("+OK");
            return answers.readLine();
        }
    }

    @Test
    void reportsARejectedPasswordInWords() {
        try (RedissonNodes strangers = RedissonNodes.connect(redis.uris(), new RedisLogin("lock", "wrong", null))) {
            assertThat(strangers.nodes().get(0).ping())
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withMessageEndingWith("it rejects the password of the user lock");
        }
    }

    @Test
    void trustsOnlyARedisWithACertificateOfItsNameAndAuthority(@TempDir Path folder) throws Exception {
        Authority authority = Authority.make(folder, "ip:127.0.0.1");
        int port = FreePorts.next();
        for (String setting : List.of(
                "tls-cert-file " + authority.serverCertificate(),
                "tls-key-file " + authority.serverKey(),
                "tls-auth-clients no",
                "tls-port " + port)) {
            assumeThat(RedisCommand.send(redis.uris().get(0), "CONFIG SET " + setting))
                    .as("a Redis in a container does not have these files")
                    .isEqualTo("+OK");
        }
        List<URI> secure = List.of(URI.create("rediss://127.0.0.1:" + port));

        try (RedissonNodes trusting = RedissonNodes.connect(secure, login(authority.certificate()))) {
            assertThat(trusting.nodes().get(0).ping()).succeedsWithin(Duration.ofSeconds(10));
        }
        List<URI> misnamed = List.of(URI.create("rediss://localhost:" + port));
        try (RedissonNodes wrong = RedissonNodes.connect(misnamed, login(authority.certificate()))) {
            assertThat(wrong.nodes().get(0).ping()).failsWithin(Duration.ofSeconds(10));
        }
        try (RedissonNodes strange = RedissonNodes.connect(secure, new RedisLogin("lock", PASSWORD, null))) {
            assertThat(strange.nodes().get(0).ping())
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withMessageContaining("certif");
        }
    }

    private static RedisLogin login(Path authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(authority)) {
            trusted.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory none = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        none.init(null, null);
        return new RedisLogin("lock", PASSWORD, new RedisTls(trust, none));
    }

    @Override
    <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }
}

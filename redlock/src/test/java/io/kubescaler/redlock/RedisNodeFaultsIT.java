package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.FreePorts;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.processes.RedisProcess;
import io.kubescaler.redlock.Attempt.Acquired;
import io.kubescaler.redlock.Attempt.Unavailable;
import io.kubescaler.redlock.LockNode.Entry;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real masters that are down, hang, forget, or reject. */
@Execution(ExecutionMode.CONCURRENT)
class RedisNodeFaultsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** So long that waiting for a hanging node fails the test. */
    private static final RedLockSettings PATIENT = new RedLockSettings(
            Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ofMinutes(2), 3, Duration.ofMillis(100), 0.01);

    private static final RedLockSettings BRIEF = new RedLockSettings(
            Duration.ofSeconds(4), Duration.ofSeconds(1), Duration.ofMillis(500), 3, Duration.ofMillis(100), 0.01);

    private static final String TWICE = "are the same Redis";

    @TempDir
    private Path directory;

    private final SystemTiming timing = new SystemTiming();
    private List<RedisProcess> redis;
    private RedissonNodes nodes;

    @BeforeEach
    void prepare() {
        redis = RedisProcess.masters(3, directory, RedisProcess.Durability.NONE);
    }

    @AfterEach
    void stop() {
        if (nodes != null) {
            nodes.close();
        }
        redis.forEach(RedisProcess::close);
        timing.close();
    }

    private RedLock connect(RedLockSettings settings) {
        nodes = RedissonNodes.connect(redis.stream().map(RedisProcess::uri).toList());
        return new RedLock(nodes.nodes(), settings, timing);
    }

    private RedLock startAndConnect(RedLockSettings settings) {
        redis.forEach(RedisProcess::start);
        RedLock lock = connect(settings);
        acquired(lock, Resources.next());
        return lock;
    }

    /** Starts the masters, and lets them remember that their list is in use. */
    private void bringIntoUse() {
        startAndConnect(BRIEF);
        await().atMost(PATIENCE).until(() -> nodes.nodes().stream().allMatch(this::knowsTheList));
        nodes.close();
    }

    private boolean knowsTheList(LockNode node) {
        String list = nodes.nodes().stream().map(LockNode::name).sorted().collect(Collectors.joining(","));
        return get(node.join(list, Entry.NONE, Duration.ZERO, Duration.ZERO)).known();
    }

    @Test
    void usesAMasterThatWasDownAtTheStartAsSoonAsItIsThere() {
        bringIntoUse();
        redis.get(2).kill();
        RedLock lock = connect(PATIENT);
        assertThat(get(lock.acquire(Resources.next(), null))).isInstanceOf(Acquired.class);

        redis.get(2).start();

        await().atMost(PATIENCE).until(() -> get(lock.ping()) == 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1"})
    void refusesOneMasterTwice(String host) {
        redis.forEach(RedisProcess::start);
        int port = redis.get(0).uri().getPort();

        assertThatThrownBy(() -> RedissonNodes.connect(
                        List.of(redis.get(0).uri(), redis.get(1).uri(), URI.create("redis://" + host + ":" + port))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("127.0.0.1:" + port + " ", host + ":" + port + " ", TWICE);
    }

    @Test
    void countsAMasterOnceIfItsSecondNameIsFoundLater() {
        redis.get(1).start();
        int port = redis.get(0).uri().getPort();
        nodes = RedissonNodes.connect(
                List.of(redis.get(0).uri(), redis.get(1).uri(), URI.create("redis://localhost:" + port)));
        RedLock lock = new RedLock(nodes.nodes(), BRIEF, timing);

        redis.get(0).start();
        awaitOneNameOf(port, lock);

        // Its other name may be the first that finds it now.
        for (int restart = 0; restart < 3; restart++) {
            redis.get(0).kill();
            await().atMost(PATIENCE)
                    .until(() -> Stream.of(failure(0), failure(2))
                            .noneMatch(words -> words.isEmpty() || words.contains(TWICE)));
            redis.get(0).start();
            awaitOneNameOf(port, lock);
        }
    }

    private void awaitOneNameOf(int port, RedLock lock) {
        await().atMost(PATIENCE).until(() -> {
            String one = failure(0);
            String other = failure(2);
            return one.isEmpty() && other.contains(TWICE) || one.contains(TWICE) && other.isEmpty();
        });
        assertThat(get(lock.ping())).isEqualTo(2);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get(lock.acquire(Resources.next(), null)))
                        .isInstanceOfSatisfying(
                                Unavailable.class,
                                unavailable -> assertThat(unavailable.reason())
                                        .contains("127.0.0.1:" + port, "localhost:" + port, TWICE)));
    }

    @Test
    void takesNoLocksWithANewListUntilAllItsMastersHaveAnswered() {
        redis.get(0).start();
        redis.get(1).start();
        RedLock lock = connect(BRIEF);

        // On a busy machine, the first answers may come too late.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get(lock.acquire(Resources.next(), null)))
                        .isInstanceOfSatisfying(
                                Unavailable.class,
                                unavailable -> assertThat(unavailable.reason())
                                        .contains("this list of masters was not in use before", name(2) + ": ")));

        redis.get(2).start();
        acquired(lock, Resources.next());
    }

    @Test
    void waitsForNoMasterThatHangs() {
        RedLock lock = startAndConnect(PATIENT);
        Resource resource = Resources.next();
        redis.get(0).suspend();

        assertThat(get(lock.acquire(resource, null))).isInstanceOf(Acquired.class);
        assertThat(get(lock.acquire(resource, null))).isInstanceOf(Attempt.Held.class);
        assertThat(get(lock.launched(List.of(resource)))).containsKey(resource);
    }

    @Test
    void waitsForNoMasterThatHangsFromTheStart() {
        bringIntoUse();
        redis.get(0).suspend();
        RedLock lock = connect(PATIENT);

        assertThat(get(lock.acquire(Resources.next(), null))).isInstanceOf(Acquired.class);

        redis.get(0).resume();
        await().atMost(PATIENCE).until(() -> answers(0));
    }

    @Test
    void saysWhichMastersFailedWhenThereIsNoQuorum() {
        RedLock lock = startAndConnect(BRIEF);
        Resource resource = Resources.next();
        redis.get(0).kill();
        redis.get(1).suspend();

        assertThat(get(lock.acquire(resource, null)))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        unavailable -> assertThat(unavailable.reason())
                                .contains(name(0) + ": ", name(1) + ": no answer within 500 ms")
                                .doesNotContain(name(2)));
        assertThatThrownBy(() -> get(lock.launched(List.of(resource))))
                .hasCauseInstanceOf(QuorumUnavailableException.class)
                .hasMessageContaining(name(0))
                .hasMessageContaining(name(1));
        assertThat(get(lock.release(resource, "any"))).isEqualTo(new Release.Unavailable());
        assertThat(get(lock.ping())).isEqualTo(1);

        redis.get(1).resume();
        await().atMost(PATIENCE).until(() -> get(lock.acquire(resource, null)) instanceof Acquired);
    }

    @Test
    void repairsAMasterThatForgotEverythingScriptsIncluded() {
        RedLock lock = startAndConnect(BRIEF);
        Lease lease = acquired(lock, Resources.next());
        Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
        try (LeaseKeeper keeper = new LeaseKeeper(lock, (leases, took) -> {})) {
            keeper.keep(lease, losses::add);
            redis.get(0).kill();
            redis.get(0).start();

            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> get(nodes.nodes().get(0).launched(List.of(lease.resource())))
                                    .get(0)
                            != null);

            assertThat(losses).isEmpty();
            assertThat(lease.isValid()).isTrue();
        }
    }

    @Test
    void losesALeaseThatNoQuorumRemembers() {
        RedLock lock = startAndConnect(BRIEF);
        Lease lease = acquired(lock, Resources.next());
        Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
        try (LeaseKeeper keeper = new LeaseKeeper(lock, (leases, took) -> {})) {
            redis.forEach(each -> RedisCommand.send(each.uri(), "FLUSHALL"));
            keeper.keep(lease, losses::add);

            await().atMost(PATIENCE).until(() -> !losses.isEmpty());

            assertThat(losses).containsExactly(LossReason.EXPIRED);
            // The lease that the refresh restored is released again.
            await().atMost(PATIENCE).until(() -> get(lock.acquire(lease.resource(), null)) instanceof Acquired);
        }
    }

    @Test
    void endsALeaseBeforeItsTimeWhenAQuorumHangs() {
        RedLock lock = startAndConnect(BRIEF);
        Lease lease = acquired(lock, Resources.next());
        Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
        try (LeaseKeeper keeper = new LeaseKeeper(lock, (leases, took) -> {})) {
            keeper.keep(lease, losses::add);
            redis.get(0).suspend();
            redis.get(1).suspend();

            await().atMost(PATIENCE).until(() -> !losses.isEmpty());

            assertThat(losses).containsExactly(LossReason.EXPIRED);
            redis.get(0).resume();
            redis.get(1).resume();
            await().atMost(PATIENCE).until(() -> get(lock.acquire(lease.resource(), null)) instanceof Acquired);
            assertThat(lease.isValid()).isFalse();
        }
    }

    @Test
    void hearsOfRevocationsAgainAfterTheMasterWasRestarted() {
        RedLock lock = startAndConnect(BRIEF);
        Queue<String> revoked = new ConcurrentLinkedQueue<>();
        LockNode node = nodes.nodes().get(0);
        node.onRevoked(revoked::add);
        redis.get(0).kill();
        redis.get(0).start();

        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            get(node.revoke("a"));
            return revoked.contains("a");
        });
        assertThat(get(lock.ping())).isEqualTo(3);
    }

    @Test
    void putsIntoWordsWhatAMasterRefuses() throws IOException {
        startAndConnect(BRIEF);
        URI uri = redis.get(0).uri();

        RedisCommand.send(uri, "REPLICAOF 127.0.0.1 " + FreePorts.next());
        assertThat(refusal()).startsWith("READONLY ");
        RedisCommand.send(uri, "REPLICAOF NO ONE");

        RedisCommand.send(uri, "CONFIG SET maxmemory 1");
        assertThat(refusal()).contains("maxmemory");
        RedisCommand.send(uri, "CONFIG SET maxmemory 0");

        Files.createDirectories(directory.resolve("redis-1/dump.rdb/in-the-way"));
        RedisCommand.send(uri, "CONFIG SET save \"3600 1\"");
        RedisCommand.send(uri, "BGSAVE");
        await().atMost(PATIENCE).ignoreExceptions().until(() -> refusal().startsWith("MISCONF "));
        RedisCommand.send(uri, "CONFIG SET save \"\"");

        RedisCommand.send(uri, "CONFIG SET lua-time-limit 1");
        try (Socket script = RedisCommand.begin(uri, "EVAL \"while true do end\" 0")) {
            assertThat(script.isConnected()).isTrue();
            await().atMost(PATIENCE).ignoreExceptions().until(() -> refusal().startsWith("BUSY "));
            RedisCommand.send(uri, "SCRIPT KILL");
        }

        await().atMost(PATIENCE).until(() -> answers(0));
    }

    @Test
    void putsIntoWordsThatAMasterIsLoadingItsData() throws IOException {
        startAndConnect(BRIEF);
        URI uri = redis.get(0).uri();
        // It loads 100 MB at 50 keys per second, and answers requests after every 2 MB.
        RedisCommand.send(uri, "DEBUG POPULATE 500 key 200000");
        RedisCommand.send(uri, "CONFIG SET rdbcompression no");
        RedisCommand.send(uri, "CONFIG SET key-load-delay 20000");

        try (Socket reload = RedisCommand.begin(uri, "DEBUG RELOAD")) {
            assertThat(reload.isConnected()).isTrue();
            await().atMost(PATIENCE).ignoreExceptions().until(() -> refusal().contains("LOADING "));
        }

        await().atMost(PATIENCE).until(() -> answers(0));
    }

    @Test
    void knowsThePasswordOfTheAddressAndSaysWhenItIsWrong() {
        redis.get(0).start();
        URI uri = redis.get(0).uri();
        RedisCommand.send(uri, "CONFIG SET requirepass secret");

        nodes = RedissonNodes.connect(List.of(
                URI.create("redis://:secret@127.0.0.1:" + uri.getPort()),
                URI.create("redis://:guess@127.0.0.1:" + uri.getPort()),
                uri));

        assertThat(answers(0)).isTrue();
        assertThat(nodes.nodes().get(0).name()).isEqualTo(name(0));
        assertThatThrownBy(() -> get(nodes.nodes().get(1).ping()))
                .hasMessageContaining("it rejects the password of the user default")
                .hasMessageNotContaining("guess");
        assertThatThrownBy(() -> get(nodes.nodes().get(2).ping()))
                .hasMessageContaining("it requires a user and a password");
    }

    private String name(int node) {
        return "127.0.0.1:" + redis.get(node).uri().getPort();
    }

    /** Why the node does not answer; empty if it does. */
    private String failure(int node) {
        return get(nodes.nodes()
                .get(node)
                .ping()
                .handle((nothing, failure) ->
                        failure == null ? "" : failure.getCause().getMessage()));
    }

    private boolean answers(int node) {
        return get(nodes.nodes().get(node).ping().handle((nothing, failure) -> failure == null));
    }

    /** The error of the first master for an acquisition. */
    private String refusal() {
        LockNode node = nodes.nodes().get(0);
        return get(node.acquire(Resources.next(), "a", null, Duration.ofMinutes(1), Instant.EPOCH)
                .handle((reply, failure) ->
                        failure == null ? "taken" : failure.getCause().getMessage()));
    }

    private Lease acquired(RedLock lock, Resource resource) {
        // On a busy machine, the first answers may come too late.
        Attempt attempt =
                await().atMost(PATIENCE).until(() -> get(lock.acquire(resource, null)), Acquired.class::isInstance);
        return ((Acquired) attempt).lease();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}

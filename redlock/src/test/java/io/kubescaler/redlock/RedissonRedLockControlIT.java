package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.processes.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.redisson.Redisson;
import org.redisson.RedissonRedLock;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/**
 * Redisson's own lock under the fault of {@link RedisNodeFaultsIT#endsALeaseBeforeItsTimeWhenAQuorumHangs()}: two
 * clients have it, because the first gets no report of its loss. If this test fails, ours has to show again why it is
 * needed.
 */
class RedissonRedLockControlIT {

    private static final Duration WATCHDOG = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    private final List<RedissonClient> clients = new ArrayList<>();
    private List<RedisProcess> redis;

    @BeforeEach
    void start() {
        redis = RedisProcess.masters(3, directory, RedisProcess.Durability.NONE);
        redis.forEach(RedisProcess::start);
    }

    @AfterEach
    void stop() {
        clients.forEach(RedissonClient::shutdown);
        redis.forEach(RedisProcess::close);
    }

    @Test
    void givesALockToTwoHoldersAfterAQuorumHangs() {
        RLock first = redLock();
        RLock second = redLock();
        assertThat(first.tryLock()).isTrue();
        assertThat(second.tryLock()).isFalse();

        redis.get(0).suspend();
        redis.get(1).suspend();
        await().pollDelay(WATCHDOG.multipliedBy(2)).until(() -> true);
        redis.get(0).resume();
        redis.get(1).resume();

        // The first got no report and has unlocked nothing; it goes on streaming.
        await().atMost(Duration.ofSeconds(30)).until(second::tryLock);
    }

    @SuppressWarnings("deprecation")
    private RLock redLock() {
        return new RedissonRedLock(
                redis.stream().map(each -> client(each).getLock("contended")).toArray(RLock[]::new));
    }

    private RedissonClient client(RedisProcess process) {
        Config config = new Config();
        config.setLockWatchdogTimeout(WATCHDOG.toMillis());
        config.useSingleServer()
                .setAddress(process.uri().toString())
                .setConnectionPoolSize(4)
                .setConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionMinimumIdleSize(1);
        RedissonClient client = Redisson.create(config);
        clients.add(client);
        return client;
    }
}

package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedissonLockNodeIT extends LockNodeContract {

    private static RedisNodes redis;
    private static RedissonNodes nodes;

    @BeforeAll
    static void start() {
        redis = Backing.redis(1);
        nodes = RedissonNodes.connect(redis.uris());
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

    @Override
    <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }
}

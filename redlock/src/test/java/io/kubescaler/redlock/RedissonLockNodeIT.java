package io.kubescaler.redlock;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.processes.RedisCommand;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

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

    @Override
    <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }
}

package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreePortsIT {

    /** A process that is being started has all sockets of this JVM for a moment. */
    @Test
    void aPortStaysFreeWhileProcessesAreStarted(@TempDir Path directory) {
        List<RedisProcess> redis = RedisProcess.masters(20, directory, RedisProcess.Durability.NONE);
        int port = FreePorts.next();
        try {
            CompletableFuture<?> started = CompletableFuture.runAsync(() -> redis.forEach(RedisProcess::start));
            while (!started.isDone()) {
                assertThat(IntStream.range(0, 100)).allMatch(time -> FreePorts.isFree(port));
            }
            started.join();
        } finally {
            redis.forEach(RedisProcess::close);
        }
    }
}

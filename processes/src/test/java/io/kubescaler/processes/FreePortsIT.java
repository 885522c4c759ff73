package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreePortsIT {

    private static final int MANY = 400;

    /** Prints ports, as the test of another module does that runs at the same time. */
    public static void main(String[] arguments) {
        ports().forEach(System.out::println);
    }

    private static List<String> ports() {
        return IntStream.range(0, MANY)
                .mapToObj(time -> String.valueOf(FreePorts.next()))
                .toList();
    }

    @Test
    void noOtherJvmIsGivenThePortsOfThisOne() throws IOException {
        List<String> ports = ports();
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FreePortsIT.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = other.inputReader()) {
            assertThat(output.lines()).hasSize(MANY).doesNotContainAnyElementsOf(ports);
        } finally {
            other.destroy();
        }
    }

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

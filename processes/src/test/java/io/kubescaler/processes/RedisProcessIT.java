package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubescaler.processes.RedisProcess.Durability;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisProcessIT {

    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private RedisProcess redis;

    @AfterEach
    void close() {
        redis.close();
    }

    @Test
    void keepsWhatItConfirmedThroughAKill() throws IOException {
        start(Durability.ALWAYS);
        assertThat(send("SET user ann")).isEqualTo("+OK");

        redis.kill();
        redis.start();

        assertThat(send("STRLEN user")).isEqualTo(":3");
    }

    @Test
    void startsEmptyWhenErased() throws IOException {
        start(Durability.ALWAYS);
        send("SET user ann");

        redis.kill();
        redis.erase();
        redis.start();

        assertThat(send("DBSIZE")).isEqualTo(":0");
    }

    @Test
    void startsEmptyWithoutDurability() throws IOException {
        start(Durability.NONE);
        send("SET user ann");

        redis.close();
        redis.start();

        assertThat(send("DBSIZE")).isEqualTo(":0");
    }

    @Test
    void dropsMessagesOfIdleProfilesInsteadOfRefusingNewOnes() throws IOException {
        redis = RedisProcess.ofMessages(directory, directory.resolve("messages.log"), port);
        redis.start();
        int megabytes = 100;
        for (int i = 0; i < megabytes; i++) {
            assertThat(send("SETRANGE profile-" + i + " 1048575 x")).isEqualTo(":1048576");
        }

        assertThat(send("EXISTS profile-" + (megabytes - 1))).isEqualTo(":1");
        assertThat(Integer.parseInt(send("DBSIZE").substring(1))).isBetween(1, 64);
    }

    @Test
    void refusesToEraseOrStartARunningRedis() {
        start(Durability.ALWAYS);

        assertThatIllegalStateException().isThrownBy(redis::erase);
        assertThatIllegalStateException().isThrownBy(redis::start);
        assertThat(redis.isAlive()).isTrue();
    }

    @Test
    void answersNothingWhileSuspended() throws IOException {
        start(Durability.NONE);

        redis.suspend();
        assertThatThrownBy(() -> send("PING")).hasCauseInstanceOf(SocketTimeoutException.class);

        redis.resume();
        assertThat(send("PING")).isEqualTo("+PONG");
    }

    @Test
    void leavesNothingBehindWhenClosedWhileSuspended() {
        start(Durability.NONE);
        ProcessHandle process = ProcessHandle.of(redis.pid()).orElseThrow();
        redis.suspend();

        redis.close();

        assertThat(process.isAlive()).isFalse();
        assertThatThrownBy(() -> send("PING")).hasCauseInstanceOf(ConnectException.class);
    }

    @Test
    void tellsItsExitCode() {
        start(Durability.NONE);
        var exit = redis.onExit();
        assertThat(exit).isNotDone();

        redis.close();

        assertThat(exit.join()).isZero();
    }

    @Test
    void saysWhichPortIsTaken() throws IOException {
        redis = redis(Durability.NONE);
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(redis::start)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("redis-1 did not start: something else listens on port %d of 127.0.0.1.", port);
        }
        assertThat(redis.isAlive()).isFalse();
    }

    @Test
    void showsTheEndOfItsLogWhenItDoesNotStart() throws IOException {
        start(Durability.ALWAYS);
        redis.close();
        Files.writeString(directory.resolve("data").resolve("appendonly.aof"), "not what Redis wrote");

        assertThatThrownBy(redis::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageStartingWith("redis-1 ended with exit code 1 before it was ready.")
                .hasMessageContaining(directory.resolve("redis-1.log").toString())
                .hasMessageContaining("Bad file format reading the append only file")
                .message()
                .doesNotContain("Ready to accept connections");
        assertThat(redis.isAlive()).isFalse();
    }

    private void start(Durability durability) {
        redis = redis(durability);
        redis.start();
    }

    private RedisProcess redis(Durability durability) {
        return new RedisProcess(
                "redis-1", directory.resolve("data"), directory.resolve("redis-1.log"), port, durability);
    }

    private String send(String command) {
        return RedisCommand.send(redis.uri(), command, Duration.ofSeconds(1));
    }
}

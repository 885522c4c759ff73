package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceProcessIT {

    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private final String portArgument = Integer.toString(port);
    private Path jar;
    private ServiceProcess service;

    @BeforeEach
    void packJar() throws IOException {
        jar = ExampleService.jar(directory);
    }

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void startsAgainAfterAKill() {
        service = service(LONG, portArgument, "200");
        service.start();
        long first = service.pid();

        service.kill();
        assertThat(service.isAlive()).isFalse();
        service.start();

        assertThat(service.isAlive()).isTrue();
        assertThat(service.pid()).isNotEqualTo(first);
    }

    @Test
    void tellsThatItDied() {
        service = service(LONG, portArgument, "200");
        service.start();
        CompletableFuture<Integer> exit = service.onExit();

        ProcessHandle.of(service.pid()).orElseThrow().destroyForcibly();

        int killed = 128 + 9;
        assertThat(exit.join()).isEqualTo(killed);
    }

    @Test
    void showsTheEndOfItsLogWhenItDiesBeforeItIsReady() {
        service = service(LONG);

        assertThatThrownBy(service::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessage(
                        "example ended with exit code 3 before it was ready. The end of its log %s:%n%s",
                        directory.resolve("example.log"), "There is no port to listen on.");
    }

    @Test
    void isStoppedWhenItIsNotReadyInTime() {
        service = service(Duration.ofSeconds(1), portArgument, "503");

        assertThatThrownBy(service::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageStartingWith("example was not ready after 1 s.");
        assertThat(service.isAlive()).isFalse();
    }

    @Test
    void isStoppedWhenItsStartIsInterrupted() throws InterruptedException {
        service = service(LONG, portArgument, "503");
        FutureTask<Void> start = new FutureTask<>(service::start, null);
        Thread starter = new Thread(start);
        starter.start();
        await().until(service::isAlive);

        starter.interrupt();

        assertThatThrownBy(start::get)
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(InterruptedException.class)
                .cause()
                .isInstanceOf(StartFailedException.class);
        assertThat(service.isAlive()).isFalse();
    }

    @Test
    void doesNotTakeAnotherServersAnswerForItsOwn() throws IOException {
        service = service(LONG, portArgument, "200");
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(other.isBound()).isTrue();
            assertThatThrownBy(service::start)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessage("example did not start: something else listens on port %d of 127.0.0.1.", port);
        }
        assertThat(directory.resolve("example.log")).doesNotExist();
    }

    @Test
    void saysSoWhenItsLogCannotBeWritten() throws IOException {
        Files.createDirectory(directory.resolve("example.log"));
        service = service(LONG, portArgument, "200");

        assertThatThrownBy(service::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageStartingWith("example did not start: ")
                .hasMessageContaining("example.log");
    }

    private ServiceProcess service(Duration patience, String... arguments) {
        return new ServiceProcess(
                "example",
                ServiceProcess.command(
                        List.of(), jar, List.of("-Xmx32m", "-XX:TieredStopAtLevel=1"), List.of(arguments)),
                URI.create("http://127.0.0.1:" + port + "/"),
                directory.resolve("example.log"),
                patience);
    }
}

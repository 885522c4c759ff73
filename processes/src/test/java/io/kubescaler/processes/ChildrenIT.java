package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Child processes when their JVM ends without closing them. */
class ChildrenIT {

    @TempDir
    private Path directory;

    private Process parent;
    private List<ProcessHandle> children = List.of();

    /** Starts two masters, suspends one, prints their pids and waits. */
    static final class Parent {

        private Parent() {}

        public static void main(String[] arguments) throws InterruptedException {
            Path directory = Path.of(arguments[0]);
            RedisProcess running = redis("running", directory);
            RedisProcess suspended = redis("suspended", directory);
            // The master must outlive the thread that started it.
            Thread starter = new Thread(running::start);
            starter.start();
            starter.join();
            suspended.start();
            suspended.suspend();
            System.out.println(running.pid() + " " + suspended.pid());
            Thread.currentThread().join();
        }

        private static RedisProcess redis(String name, Path directory) {
            return new RedisProcess(
                    name,
                    directory.resolve(name),
                    directory.resolve(name + ".log"),
                    FreePorts.next(),
                    RedisProcess.Durability.NONE);
        }
    }

    @BeforeEach
    void startParent() throws IOException {
        parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // A killed JVM does not delete its temporary files; JUnit deletes the directory.
                        "-Djava.io.tmpdir=" + directory,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String pids = new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        children = List.of(pids.split(" ")).stream()
                .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                .toList();
    }

    @AfterEach
    void killAll() {
        parent.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void runOnWhenTheThreadThatStartedThemEnds() {
        assertThat(children).hasSize(2).allMatch(ProcessHandle::isAlive);
    }

    @Test
    void areStoppedBeforeTheParentEnds() {
        parent.destroy();

        parent.onExit().join();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void dieWithAParentThatIsKilled() {
        assumeTrue(new File("/usr/bin/setpriv").canExecute(), "needs setpriv of util-linux");

        parent.destroyForcibly();

        await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
}

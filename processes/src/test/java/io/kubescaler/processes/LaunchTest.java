package io.kubescaler.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./run} and {@code ./load-test/run} in a folder of their own, whose Java and Maven only pretend. */
class LaunchTest {

    private static final Path PROJECT = Path.of("..");

    private static final String JAVA = """
            #!/bin/sh
            case "$*" in
                *-version)
                    echo "    java.home = $(cd "$(dirname "$0")/.." && pwd -P)"
                    echo "    java.runtime.version = 17.0.1+12"
                    echo "    java.specification.version = 17"
                    ;;
                *extract*) mkdir "${*##* }" ;;
                *) echo Started ;;
            esac
            """;

    /** Builds as long as there is a file "hold". */
    private static final String MAVEN = """
            #!/bin/sh
            echo "$$ with $JAVA_HOME" >>builds
            while [ -e hold ]; do sleep 0.1; done
            touch local/target/local.jar
            """;

    /** @param output the file with all that it has printed */
    private record Launched(Process process, Path output) {

        String printed() throws IOException {
            return Files.readString(output);
        }

        /** What it has printed until its end. */
        String succeed() throws IOException, InterruptedException {
            return end("0");
        }

        String fail() throws IOException, InterruptedException {
            return end("[^0].*");
        }

        private String end(String code) throws IOException, InterruptedException {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(printed()).isTrue();
            assertThat(process.exitValue()).as(printed()).asString().matches(code);
            return printed();
        }
    }

    private final List<Launched> launched = new ArrayList<>();

    private Path root;
    private Path jdk;
    private Path hold;

    @BeforeEach
    void makeProject(@TempDir Path folder) throws IOException {
        root = folder.toRealPath();
        jdk = root.resolve("jdk");
        hold = root.resolve("hold");
        for (String file : List.of("run", "load-test/run", "processes/launch.sh")) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.copy(PROJECT.resolve(file), root.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        write("pom.xml", "");
        write("local/pom.xml", "");
        write("processes/cassandra-jars/pom.xml", "");
        write("local/src/main/resources/io/kubescaler/local/help.txt", "local");
        for (String command : List.of("", "-load", "-compare")) {
            write("load-test/src/main/resources/io/kubescaler/load/help" + command + ".txt", "load-test" + command);
        }
        program("mvnw", MAVEN);
        program("jdk/bin/java", JAVA);
        program("jdk/bin/javac", "");
    }

    @AfterEach
    void endAll() throws IOException {
        Files.deleteIfExists(hold);
        for (Launched each : launched) {
            each.process().descendants().forEach(ProcessHandle::destroyForcibly);
            each.process().destroyForcibly().onExit().join();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "run, -h, local",
        "run, --data=x --help, local",
        "load-test/run, -h, load-test",
        "load-test/run, nothing --help, load-test",
        "load-test/run, load --help, load-test-load",
        "load-test/run, compare --streams=1 -h, load-test-compare"
    })
    void helpNeedsNeitherJavaNorABuild(String program, String arguments, String help) throws Exception {
        jdk = root.resolve("nowhere");

        assertThat(launch(program, arguments.split(" ")).succeed()).isEqualTo(help);
    }

    @Test
    void buildsOnlyAfterAChange() throws Exception {
        assertThat(launch("run").succeed()).contains("Building").endsWith("Started\n");
        assertThat(launch("run").succeed()).isEqualTo("Started\n");
    }

    @Test
    void needsAJdkOnlyToBuild() throws Exception {
        Path compiler = jdk.resolve("bin/javac");
        Files.delete(compiler);
        assertThat(launch("run").fail())
                .isEqualTo("JDK 17 or later is needed, but " + jdk + " has no javac. Set JAVA_HOME to one.\n");
        assertThat(root.resolve("builds")).doesNotExist();

        program("jdk/bin/javac", "");
        launch("run").succeed();
        Files.delete(compiler);
        assertThat(launch("run").succeed()).isEqualTo("Started\n");
    }

    @Test
    void mavenGetsAnAbsoluteJavaHome() throws Exception {
        Path absolute = jdk;
        jdk = Path.of("../jdk");

        launch("run").succeed();

        assertThat(root.resolve("builds")).content().endsWith(" with " + absolute + "\n");
    }

    @Test
    void theFileOfAnEndedStartLocksNothing() throws Exception {
        write("data/starting", "process " + ProcessHandle.current().pid());

        assertThat(launch("run").succeed()).doesNotContain("Waiting").endsWith("Started\n");
    }

    @Test
    void namesALockFileThatItCannotUse() throws Exception {
        Path lock = Files.createDirectories(root.resolve("data/starting"));

        assertThat(launch("run").fail()).contains(lock.toString());
    }

    /** @param flock false as on macOS, which has Perl instead */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void waitsForTheMavenOfAKilledStart(boolean flock) throws Exception {
        if (!flock) {
            assumeTrue(Files.exists(Path.of("/usr/bin/perl")));
            String functions = Files.readString(root.resolve("processes/launch.sh"));
            assertThat(functions).contains("command -v flock");
            write("processes/launch.sh", functions.replace("command -v flock", "false"));
        }
        Files.createFile(hold);
        Path builds = root.resolve("builds");
        Launched killed = launch("run");
        await().until(() -> Files.exists(builds) && !Files.readString(builds).isEmpty());
        await().until(() -> Files.readString(root.resolve("data/starting")).contains("Maven"));
        String maven = Files.readString(builds).split(" ", 2)[0];
        killed.process().destroyForcibly().waitFor();

        Launched next = launch("run");

        await().untilAsserted(() -> assertThat(next.printed())
                .isEqualTo("Waiting for another start from this folder (process "
                        + killed.process().pid() + ", Maven " + maven + "). It holds " + root.resolve("data/starting")
                        + ".\n"));
        assertThat(builds).content().hasLineCount(1);
        Files.delete(hold);
        assertThat(next.succeed()).containsOnlyOnce("Waiting").endsWith("Started\n");
    }

    /** A shell cannot catch other signals if they were ignored when it started, as those of a build in the background. */
    @Test
    void aTerminatedStartEndsItsMaven() throws Exception {
        Files.createFile(hold);
        Path builds = root.resolve("builds");
        Launched terminated = launch("run");
        await().until(() -> Files.exists(builds) && !Files.readString(builds).isEmpty());
        ProcessHandle maven = terminated
                .process()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .findFirst()
                .orElseThrow();

        terminated.process().destroy();

        terminated.fail();
        await().until(() -> !maven.isAlive());
        assertThat(root.resolve("local/target/local.jar")).doesNotExist();
    }

    private Launched launch(String program, String... arguments) throws IOException {
        Path output = root.resolve("output-" + launched.size());
        List<String> command = new ArrayList<>(List.of(root.resolve(program).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.resolve("processes").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        Launched result = new Launched(builder.start(), output);
        launched.add(result);
        return result;
    }

    private void program(String name, String text) throws IOException {
        assertThat(write(name, text).toFile().setExecutable(true)).isTrue();
    }

    private Path write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}

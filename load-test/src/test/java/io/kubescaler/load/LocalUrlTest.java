package io.kubescaler.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ExitCode;

class LocalUrlTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://192.0.2.1:8083",
                "http://127.0.0.1.example.com",
                "http://128.0.0.1",
                "http://127.0.0.1@192.0.2.1",
                "http://[::1]:8083",
                "http://0.0.0.0:8083"
            })
    void refusesToLoadAnotherMachine(String target) {
        assertThat(refusal("--target=" + target)).contains("not in 127.0.0.0/8");
        assertThat(refusal("--profiles=" + target)).contains("not in 127.0.0.0/8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:8083", "https://127.0.0.1", "/stream", "http://", "http://127.0.0.256"})
    void refusesWhatIsNoHttpServer(String target) {
        assertThat(refusal("--target=" + target)).contains("--target");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8083", "http://127.0.0.1:8083", "http://127.255.255.254:8083"})
    void takesThisMachine(String target) {
        assertThat(LocalUrl.of(target).address().getAddress().isLoopbackAddress())
                .isTrue();
    }

    private static String refusal(String option) {
        var err = new StringWriter();
        int exitCode = LoadTest.commandLine().setErr(new PrintWriter(err)).execute("load", option);
        assertThat(exitCode).isEqualTo(ExitCode.USAGE);
        return err.toString();
    }
}

package io.kubescaler.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.backing.Issuer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class AccessConfigurationTest {

    private static final String IDENTITY = "kubescaler.access-token.issuer=i kubescaler.access-token.audience=a ";

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withUserConfiguration(AccessConfiguration.class);

    @Test
    void isOpenByDefaultAndWarns(CapturedOutput output) {
        runner.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(AccessTokens.class);
            assertThat(output).containsOnlyOnce("anybody who can reach this instance may open and end any stream");
        });
    }

    @ParameterizedTest
    @CsvSource({"token", "TOKEN", "To-Ken", "' token '"})
    void checksTokensHoweverTheModeIsWritten(String mode, CapturedOutput output) throws IOException {
        runner.withPropertyValues(values(Issuer.rs256("one").settings()))
                .withPropertyValues("kubescaler.access=" + mode)
                .run(context -> {
                    assertThat(context).hasSingleBean(AccessTokens.class);
                    assertThat(output).doesNotContain("anybody");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kubescaler.access=token|kubescaler.access|needs keys",
                IDENTITY + "kubescaler.access=token|kubescaler.access|needs keys",
                "kubescaler.access-token.key=/k|kubescaler.access|must be token",
                "kubescaler.access-token.issuer=i|kubescaler.access|must be token",
                "kubescaler.access-token.audience=a|kubescaler.access|must be token",
                "kubescaler.access=open kubescaler.access-token.jwks=http://k/|kubescaler.access|must be token",
                IDENTITY
                        + "kubescaler.access=token kubescaler.access-token.jwks=http://k/ kubescaler.access-token.key=/k"
                        + "|kubescaler.access-token.jwks|only one",
                IDENTITY + "kubescaler.access=token kubescaler.access-token.jwks=ftp://k/"
                        + "|kubescaler.access-token.jwks|http or https",
                IDENTITY + "kubescaler.access=token kubescaler.access-token.key=/no/such"
                        + "|kubescaler.access-token.key|cannot be read",
                IDENTITY + "kubescaler.access=token kubescaler.access-token.key=/proc/version"
                        + "|kubescaler.access-token.key|no PUBLIC KEY",
                "kubescaler.access-token.audience=a kubescaler.access=token kubescaler.access-token.key=/k"
                        + "|kubescaler.access-token.issuer|set it",
                "kubescaler.access-token.issuer=i kubescaler.access=token kubescaler.access-token.key=/k"
                        + "|kubescaler.access-token.audience|set it"
            })
    void rejectsSettingsThatContradictEachOther(String settings, String property, String words) {
        runner.withPropertyValues(settings.split(" "))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .satisfies(cause -> assertThat(reason(cause)).contains(words))
                        .satisfies(cause -> assertThat(property(cause)).isEqualTo(property)));
    }

    private static String reason(Throwable cause) {
        return ((InvalidConfigurationPropertyValueException) cause).getReason() + "";
    }

    private static String property(Throwable cause) {
        return ((InvalidConfigurationPropertyValueException) cause).getName();
    }

    @ParameterizedTest
    @CsvSource({
        "kubescaler.access=closed",
        "kubescaler.access-token.clock-skew=10m",
        "kubescaler.access-token.clock-skew=-1s",
        "kubescaler.access-token.grace=-1s"
    })
    void rejectsWrongValues(String setting) {
        runner.withPropertyValues(setting).run(context -> assertThat(context).hasFailed());
    }

    private static String[] values(Map<String, String> settings) {
        return Arrays.stream(settings.entrySet().toArray())
                .map(Object::toString)
                .toArray(String[]::new);
    }
}

package io.kubescaler.access;

import io.kubescaler.backing.Issuer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * What the check of one access token costs. Not part of a build; {@code docs/performance.md} has the command and the
 * result.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AccessTokensBenchmark {

    @Param({"RS256", "ES256", "EdDSA"})
    private String algorithm = "";

    private AccessTokens tokens;
    private String token = "";

    @Setup
    public void issue() {
        Issuer issuer = switch (algorithm) {
            case "RS256" -> Issuer.rs256("key");
            case "ES256" -> Issuer.es256();
            default -> Issuer.edDsa();
        };
        AccessTokenSettings settings = new AccessTokenSettings(
                null, null, Issuer.NAME, Issuer.AUDIENCE, Duration.ofSeconds(30), Duration.ofSeconds(30));
        tokens = new AccessTokens(KeyFile.parse(issuer.pem()), settings, InstantSource.system());
        token = issuer.token("3f2a91c0-5d1e-4c1b-9a77-0c2f6e1d8b40", "stream");
    }

    @Benchmark
    public Caller first() {
        return tokens.verified(token);
    }

    @Benchmark
    public Caller again() {
        return tokens.caller(token);
    }

    @Test
    void run() throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(AccessTokensBenchmark.class.getName())
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(2))
                        .measurementIterations(5)
                        .measurementTime(TimeValue.seconds(2))
                        .build())
                .run();
    }
}

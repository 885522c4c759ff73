package io.kubescaler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenCommandTest {

    private static final UUID USER = UUID.randomUUID();

    @TempDir
    private Path data;

    @Test
    void printsATokenOfAUserForSoLong() throws Exception {
        AccessKey.readOrMake(data);

        SignedJWT token = token("--user=" + USER.toString().toUpperCase(Locale.ROOT), "--for=90m");

        assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo(USER.toString());
        assertThat(token.getJWTClaimsSet().getClaim("scope")).isEqualTo("stream");
        assertThat(token.getJWTClaimsSet().getExpirationTime().toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(89)),
                        Instant.now().plus(Duration.ofMinutes(90)));
    }

    @Test
    void anAdministratorNeedsNoUser() throws Exception {
        AccessKey.readOrMake(data);

        SignedJWT token = token("--admin");

        assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo("admin");
        assertThat(token.getJWTClaimsSet().getClaim("scope")).isEqualTo("admin");
    }

    @Test
    void onlyItsOwnerReadsTheKey() throws Exception {
        AccessKey.readOrMake(data);

        try (Stream<Path> files = Files.list(data)) {
            assertThat(files)
                    .hasSize(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void saysHowToMakeAKey() {
        assertThatThrownBy(() -> token("--admin"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("Start the platform once with ./run --kubescaler.access=token.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --for=1h       | Whose token?
                    --user=somebody| the id of a user must be a UUID
                    --user         | There is no setting --user;
                    --admin=no     | There is no setting --admin=no;
                    --for=soon     | --for=soon: it must be from 1s to 365d
                    --for=-5m      | --for=-5m: it must be from 1s to 365d
                    --for=9999d    | --for=9999d: it must be from 1s to 365d
                    """)
    void rejectsInWordsWhatItCannotUse(String argument, String words) {
        assertThatThrownBy(() -> TokenCommand.of(List.of(argument)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(words);
    }

    private SignedJWT token(String... arguments) throws Exception {
        List<String> given =
                Stream.concat(Stream.of("--data=" + data), Stream.of(arguments)).toList();
        return SignedJWT.parse(TokenCommand.of(given).token());
    }
}

package io.kubescaler.local;

import io.kubescaler.api.Ids;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/**
 * {@code ./run token}: prints an access token for a platform that runs with {@code --kubescaler.access=token}.
 *
 * @param user the id of the user; of an administrator, it may be any name
 * @param life how long the token is good
 */
record TokenCommand(String user, boolean admin, Duration life, Path data) {

    static final String NAME = "token";

    private static final String ADMIN = "--admin";

    /** @throws RefusedException on anything that it does not know, and without a user */
    static TokenCommand of(List<String> arguments) {
        String user = null;
        boolean admin = false;
        Duration life = Duration.ofHours(1);
        Path data = Path.of("data");
        for (String argument : arguments) {
            int value = argument.indexOf('=') + 1;
            String given = argument.substring(value);
            switch (value == 0 ? argument : argument.substring(0, value)) {
                case ADMIN -> admin = true;
                case "--user=" -> user = given;
                case "--for=" -> life = life(given);
                case "--data=" -> data = Path.of(given);
                default ->
                    throw new RefusedException(
                            "There is no setting " + argument + "; ./run token --help lists all settings.");
            }
        }
        return new TokenCommand(user(user, admin), admin, life, data);
    }

    private static String user(@Nullable String given, boolean admin) {
        if (admin) {
            return given == null ? "admin" : given;
        }
        if (given == null) {
            throw new RefusedException("Whose token? Give --user=ID, or " + ADMIN + ".");
        }
        try {
            return Ids.parse(given).toString();
        } catch (IllegalArgumentException e) {
            throw new RefusedException("--user=" + given + ": the id of a user " + e.getMessage() + ".");
        }
    }

    private static Duration life(String given) {
        try {
            Duration life = DurationStyle.SIMPLE.parse(given);
            if (life.compareTo(Duration.ofSeconds(1)) >= 0 && life.compareTo(Duration.ofDays(366)) < 0) {
                return life;
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw new RefusedException("--for=" + given + ": it must be from 1s to 365d, for example 90m or 8h.");
    }

    String token() {
        return AccessKey.read(data).token(user, admin ? "admin" : "stream", life);
    }
}

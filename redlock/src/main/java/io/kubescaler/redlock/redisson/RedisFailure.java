package io.kubescaler.redlock.redisson;

import java.util.regex.Pattern;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisWrongPasswordException;

/** Why a Redis failed, for an operator. */
public final class RedisFailure {

    /** The prefix that Redis before version 7 puts before the error of a command in a script. */
    private static final Pattern IN_SCRIPT =
            Pattern.compile("^ERR Error running script .*@user_script: \\d+: -(?=[A-Z])");

    private RedisFailure() {}

    /**
     * The message of Redis or of the network, without the command that Redisson quotes: it contains tokens.
     *
     * @param login whom the client has logged in as
     */
    public static String words(Throwable failure, RedisLogin login) {
        Throwable cause = rootCause(failure);
        if (cause instanceof RedisWrongPasswordException) {
            return "it rejects the password of the user " + login.user();
        }
        if (cause instanceof RedisAuthRequiredException) {
            return "it requires a user and a password";
        }
        if (cause instanceof RedisTimeoutException || cause.getMessage() == null) {
            return "no answer in time";
        }
        String words = IN_SCRIPT.matcher(cause.getMessage()).replaceFirst("");
        int quote = words.indexOf(". channel: ");
        return quote < 0 ? words : words.substring(0, quote);
    }

    static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}

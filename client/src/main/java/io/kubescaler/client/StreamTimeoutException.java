package io.kubescaler.client;

import org.jspecify.annotations.Nullable;

/** Nothing arrived within a limit. */
public final class StreamTimeoutException extends StreamException {

    private static final long serialVersionUID = 1;

    StreamTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

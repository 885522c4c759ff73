package io.kubescaler.client;

import org.jspecify.annotations.Nullable;

/** Nothing came within a limit. */
public final class StreamTimeoutException extends StreamException {

    private static final long serialVersionUID = 1;

    StreamTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

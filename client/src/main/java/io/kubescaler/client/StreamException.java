package io.kubescaler.client;

import org.jspecify.annotations.Nullable;

/** A stream could not be opened, or broke off; the message contains the address and the reason. */
public class StreamException extends RuntimeException {

    private static final long serialVersionUID = 1;

    StreamException(String message) {
        super(message);
    }

    StreamException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

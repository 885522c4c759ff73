package io.kubescaler.processes;

import org.jspecify.annotations.Nullable;

/** A process did not become ready and was stopped. The message gives the reason and the end of its log. */
public final class StartFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StartFailedException(String message) {
        this(message, null);
    }

    public StartFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

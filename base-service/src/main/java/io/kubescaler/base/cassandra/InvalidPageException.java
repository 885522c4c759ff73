package io.kubescaler.base.cassandra;

/** A {@code ?page=} that was not given out by this list. */
@SuppressWarnings("serial")
public class InvalidPageException extends RuntimeException {

    InvalidPageException(Throwable cause) {
        super(cause);
    }

    InvalidPageException(String reason) {
        super(reason);
    }
}

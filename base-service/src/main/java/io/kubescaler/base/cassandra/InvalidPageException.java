package io.kubescaler.base.cassandra;

/** A {@code ?page=} that this list did not return. */
@SuppressWarnings("serial")
public class InvalidPageException extends RuntimeException {

    InvalidPageException(Throwable cause) {
        super(cause);
    }

    InvalidPageException(String reason) {
        super(reason);
    }
}

package io.kubescaler.local;

/** Local cannot start; the message tells a person why and what to do. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }
}

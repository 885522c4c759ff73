package io.kubescaler.local;

/** Local cannot start. The message gives the reason and a way out. */
final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }
}

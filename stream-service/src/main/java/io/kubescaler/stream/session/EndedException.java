package io.kubescaler.stream.session;

/** The session of the client's token was ended, so the client is not to come back by itself. */
final class EndedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    EndedException() {
        super("The session of this token was ended", null, false, false);
    }
}

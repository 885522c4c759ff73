package io.kubescaler.schema;

/** The service cannot start, for a reason that its operator can fix. */
@SuppressWarnings("serial")
class StartRefusedException extends RuntimeException {

    private final String action;

    /** @param action what the operator can do */
    StartRefusedException(String reason, String action, Throwable cause) {
        super(reason, cause);
        this.action = action;
    }

    StartRefusedException(String reason, String action) {
        super(reason);
        this.action = action;
    }

    String action() {
        return action;
    }
}

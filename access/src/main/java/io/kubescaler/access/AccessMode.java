package io.kubescaler.access;

/** Who may call main and stream. */
public enum AccessMode {
    /** Anybody may do everything. */
    OPEN,
    /** Callers identify themselves with an access token. */
    TOKEN
}

package io.kubescaler.redlock;

/** Why a lease was lost. */
public enum LossReason {
    /** It could not be refreshed in time, or a quorum of the nodes had forgotten it. */
    EXPIRED,
    /** A quorum of the nodes holds another token. */
    TAKEN,
    /** The client took the token over or released it, as a quorum knows. */
    REVOKED
}

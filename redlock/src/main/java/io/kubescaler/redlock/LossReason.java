package io.kubescaler.redlock;

/** Why a lease was lost. */
public enum LossReason {
    /** It could not be refreshed in time, or a quorum of the nodes had forgotten it. */
    EXPIRED,
    /** A quorum of the nodes holds another token. */
    TAKEN,
    /** A node said that the token was taken over or released by its client. */
    REVOKED
}

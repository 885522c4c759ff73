package io.kubescaler.access;

import io.kubescaler.service.web.Refusal;
import org.springframework.security.access.AccessDeniedException;

/** The caller may not do this. */
public final class NotAllowedException extends AccessDeniedException {

    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    NotAllowedException(Refusal refusal) {
        super(refusal.getMessage(), refusal);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}

package io.kubescaler.access;

import io.kubescaler.service.web.Refusal;
import org.springframework.security.core.AuthenticationException;

/** The caller did not prove who it is, or nobody can tell now. */
final class UnidentifiedException extends AuthenticationException {

    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    UnidentifiedException(Refusal refusal) {
        super(refusal.getMessage(), refusal);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}

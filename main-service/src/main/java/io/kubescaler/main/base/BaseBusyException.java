package io.kubescaler.main.base;

import feign.Request;
import feign.RetryableException;
import feign.Target;
import java.util.Map;

/** The call was not made, because as many as allowed wait for base already. */
final class BaseBusyException extends RetryableException {

    private static final long serialVersionUID = 1;

    BaseBusyException(Target<?> base, int calls) {
        super(
                0,
                "Already " + calls + " calls wait for the base service; try again later.",
                Request.HttpMethod.GET,
                (Long) null,
                Request.create(Request.HttpMethod.GET, base.url(), Map.of(), null, null, null));
    }
}

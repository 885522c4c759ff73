package io.kubescaler.main.access;

import io.kubescaler.access.AccessMode;
import io.kubescaler.access.AccessSettings;
import io.kubescaler.access.Caller;
import java.security.Principal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Anybody may call it: it shows pages whether they need a token, and whose token they have. */
@RestController
class AccessController {

    static final String PATH = "/main/access";

    /**
     * @param access {@code open} or {@code token}
     * @param user of the access token; null without one
     * @param admin whether the caller may do everything
     */
    record Access(String access, @Nullable String user, boolean admin) {}

    private final AccessMode mode;

    AccessController(AccessSettings settings) {
        mode = settings.access();
    }

    @GetMapping(PATH)
    Access access(@Nullable Principal principal) {
        Caller caller = principal instanceof Caller one ? one : null;
        return new Access(
                mode.name().toLowerCase(Locale.ROOT),
                caller == null ? null : caller.user(),
                caller == null ? mode == AccessMode.OPEN : caller.isAdmin());
    }
}

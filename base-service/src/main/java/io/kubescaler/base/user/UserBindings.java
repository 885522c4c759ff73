package io.kubescaler.base.user;

import java.util.UUID;
import reactor.core.publisher.Mono;

/** Where users are bound to something, as far as deleting a user has to know. */
public interface UserBindings {

    /** Unbinds the user from everything that it is bound to now. */
    Mono<Void> unbindFromAll(UUID userId);
}

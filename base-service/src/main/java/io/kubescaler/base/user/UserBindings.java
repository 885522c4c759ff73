package io.kubescaler.base.user;

import java.util.UUID;
import reactor.core.publisher.Mono;

/** The bindings that deleting a user removes. */
public interface UserBindings {

    /** Unbinds the user from everything that it is bound to now. */
    Mono<Void> unbindFromAll(UUID userId);
}

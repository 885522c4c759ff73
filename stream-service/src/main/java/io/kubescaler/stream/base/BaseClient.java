package io.kubescaler.stream.base;

import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.service.annotation.GetExchange;
import reactor.core.publisher.Mono;

/** The one call of base-service that a stream needs. */
interface BaseClient {

    /** 204 if the user is bound to the profile, else 404 with a problem that names the missing part. */
    @GetExchange("/profiles/{profile}/users/{user}")
    Mono<ResponseEntity<Void>> bound(@PathVariable UUID user, @PathVariable UUID profile);
}

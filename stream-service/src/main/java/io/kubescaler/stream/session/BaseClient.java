package io.kubescaler.stream.session;

import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.service.annotation.GetExchange;
import reactor.core.publisher.Mono;

/** The one question that a stream asks base-service. */
interface BaseClient {

    /** 204 if the user is bound to the profile, else 404 with a problem that says what is missing. */
    @GetExchange("/profiles/{profileId}/users/{userId}")
    Mono<ResponseEntity<Void>> bound(@PathVariable UUID profileId, @PathVariable UUID userId);
}

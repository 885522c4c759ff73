package io.kubescaler.stream.base;

import io.kubescaler.api.Pairs;
import io.kubescaler.api.UnboundPairs;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import reactor.core.publisher.Mono;

/** The calls of base-service that streams need. */
interface BaseClient {

    /** 204 if the user is bound to the profile, else 404 with a problem that names the missing part. */
    @GetExchange("/profiles/{profile}/users/{user}")
    Mono<ResponseEntity<Void>> bound(@PathVariable UUID user, @PathVariable UUID profile);

    /** Those of the pairs that are not bound. */
    @PostExchange("/bindings/unbound")
    Mono<UnboundPairs> unbound(@RequestBody Pairs pairs);
}

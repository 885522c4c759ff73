package io.kubescaler.base.profile;

import io.kubescaler.api.Page;
import io.kubescaler.api.Pair;
import io.kubescaler.api.Pairs;
import io.kubescaler.api.Profile;
import io.kubescaler.api.UnboundPairs;
import io.kubescaler.base.user.Users;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.UUID;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

@RestController
class BindingController {

    private final Bindings bindings;
    private final Profiles profiles;
    private final Users users;

    BindingController(Bindings bindings, Profiles profiles, Users users) {
        this.bindings = bindings;
        this.profiles = profiles;
        this.users = users;
    }

    @PutMapping("/profiles/{id}/users/{userId}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> bind(@PathVariable UUID id, @PathVariable UUID userId) {
        return bindings.bind(new Pair(userId, id));
    }

    @DeleteMapping("/profiles/{id}/users/{userId}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> unbind(@PathVariable UUID id, @PathVariable UUID userId) {
        return bindings.unbind(new Pair(userId, id));
    }

    @GetMapping("/profiles/{id}/users/{userId}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> areBound(@PathVariable UUID id, @PathVariable UUID userId) {
        return bindings.require(new Pair(userId, id));
    }

    /** Unlike the other calls, it does not report which part of a pair is missing. */
    @PostMapping("/bindings/unbound")
    Mono<UnboundPairs> unbound(@Valid @RequestBody PairsBody body) {
        return bindings.unbound(body.pairs().stream().map(PairBody::pair).toList())
                .map(UnboundPairs::new);
    }

    @GetMapping("/users/{userId}/profiles")
    Mono<Page<Profile>> profilesOf(
            @PathVariable UUID userId,
            @RequestParam(defaultValue = "" + Page.DEFAULT_LIMIT) @Range(min = 1, max = Page.MAX_LIMIT) int limit,
            @RequestParam(required = false) @Nullable String page) {
        return users.require(userId).then(profiles.listOf(userId, limit, page));
    }

    record PairsBody(@NotNull @Size(max = Pairs.MAX) List<@NotNull @Valid PairBody> pairs) {}

    record PairBody(@NotNull UUID user, @NotNull UUID profile) {

        Pair pair() {
            return new Pair(user, profile);
        }
    }
}

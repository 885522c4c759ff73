package io.kubescaler.base.user;

import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import io.kubescaler.service.web.Refusal;
import java.net.URI;
import java.util.UUID;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

@RestController
@RequestMapping("/users")
class UserController {

    private final Users users;
    private final UserBindings bindings;

    UserController(Users users, UserBindings bindings) {
        this.users = users;
        this.bindings = bindings;
    }

    @PostMapping
    Mono<ResponseEntity<User>> create(@RequestBody(required = false) @Nullable UserBody body) {
        return put(UUID.randomUUID(), body);
    }

    @PutMapping("/{id}")
    Mono<ResponseEntity<User>> put(@PathVariable UUID id, @RequestBody(required = false) @Nullable UserBody body) {
        return users.put(id)
                .map(created -> created ? ResponseEntity.created(URI.create("/users/" + id)) : ResponseEntity.ok())
                .map(answer -> answer.body(new User(id)));
    }

    @GetMapping("/{id}")
    Mono<User> get(@PathVariable UUID id) {
        return users.require(id);
    }

    @GetMapping
    Mono<Page<User>> list(
            @RequestParam(defaultValue = "" + Page.DEFAULT_LIMIT) @Range(min = 1, max = Page.MAX_LIMIT) int limit,
            @RequestParam(required = false) @Nullable String page) {
        return users.list(limit, page);
    }

    /**
     * Unbinds the user before deleting it, so that an interrupted deletion can be repeated, and again afterwards, in
     * case it was bound in between.
     */
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> delete(@PathVariable UUID id) {
        return bindings.unbindFromAll(id)
                .then(users.delete(id))
                .delayUntil(deleted -> bindings.unbindFromAll(id))
                .flatMap(deleted -> deleted ? Mono.empty() : Mono.error(Refusal.userUnknown(id)));
    }

    /** A user has only an id so far; a field in the body is rejected. */
    record UserBody() {}
}

package io.kubescaler.base.profile;

import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.service.web.Refusal;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.UUID;
import org.hibernate.validator.constraints.Range;
import org.hibernate.validator.constraints.UniqueElements;
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
@RequestMapping("/profiles")
class ProfileController {

    private final Profiles profiles;
    private final Bindings bindings;

    ProfileController(Profiles profiles, Bindings bindings) {
        this.profiles = profiles;
        this.bindings = bindings;
    }

    @PostMapping
    Mono<ResponseEntity<Profile>> create(@Valid @RequestBody ProfileBody body) {
        return put(UUID.randomUUID(), body);
    }

    @PutMapping("/{id}")
    Mono<ResponseEntity<Profile>> put(@PathVariable UUID id, @Valid @RequestBody ProfileBody body) {
        Profile profile = new Profile(id, new LinkedHashSet<>(body.users()));
        return bindings.save(profile)
                .map(created -> created ? ResponseEntity.created(URI.create("/profiles/" + id)) : ResponseEntity.ok())
                .map(answer -> answer.body(profile));
    }

    @GetMapping("/{id}")
    Mono<Profile> get(@PathVariable UUID id) {
        return profiles.find(id).switchIfEmpty(Mono.error(() -> Refusal.profileUnknown(id)));
    }

    @GetMapping
    Mono<Page<Profile>> list(
            @RequestParam(defaultValue = "" + Page.DEFAULT_LIMIT) @Range(min = 1, max = Page.MAX_LIMIT) int limit,
            @RequestParam(required = false) @Nullable String page) {
        return profiles.list(limit, page);
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    Mono<Void> delete(@PathVariable UUID id) {
        return profiles.delete(id).flatMap(deleted -> deleted ? Mono.empty() : Mono.error(Refusal.profileUnknown(id)));
    }

    record ProfileBody(@NotNull @UniqueElements List<@NotNull UUID> users) {}
}

package io.kubescaler.main.suggested;

import io.kubescaler.api.Profile;
import io.kubescaler.main.base.BaseClient;
import io.kubescaler.main.base.Pages;
import io.kubescaler.main.base.Walks;
import java.util.Collections;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** The users bound to at least two profiles. All instances find the same, some seconds apart. */
@Component
class SuggestedUsers {

    private final BaseClient base;
    private final Supplier<CompletableFuture<NavigableSet<UUID>>> walk;

    SuggestedUsers(BaseClient base, Walks walks) {
        this.base = base;
        this.walk = walks.share(this::find);
    }

    /** Ordered by id. */
    CompletableFuture<NavigableSet<UUID>> all() {
        return walk.get();
    }

    private NavigableSet<UUID> find() {
        Set<UUID> once = new HashSet<>();
        NavigableSet<UUID> again = new TreeSet<>();
        Pages.walk(base::profiles, profiles -> {
            for (Profile profile : profiles) {
                for (UUID user : profile.users()) {
                    if (!once.add(user)) {
                        again.add(user);
                    }
                }
            }
        });
        return Collections.unmodifiableNavigableSet(again);
    }
}

package io.kubescaler.main.suggested;

import io.kubescaler.api.Profile;
import io.kubescaler.main.base.BaseClient;
import io.kubescaler.main.base.Pages;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The users bound to at least two profiles. Each call reads all profiles, so all instances return the same users. */
@Component
class SuggestedUsers {

    private final BaseClient base;

    SuggestedUsers(BaseClient base) {
        this.base = base;
    }

    /** Ordered by id. */
    NavigableSet<UUID> all() {
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
        return again;
    }
}

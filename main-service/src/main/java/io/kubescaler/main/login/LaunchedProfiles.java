package io.kubescaler.main.login;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.main.base.BaseClient;
import io.kubescaler.main.base.Pages;
import io.kubescaler.redlock.QuorumUnavailableException;
import io.kubescaler.service.lock.PairLock;
import io.kubescaler.service.web.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Reads a user's profiles from base, and from the Redis masters which of them are launched. */
@Component
class LaunchedProfiles {

    private static final Logger log = LoggerFactory.getLogger(LaunchedProfiles.class);

    private final BaseClient base;
    private final PairLock lock;

    LaunchedProfiles(BaseClient base, PairLock lock) {
        this.base = base;
        this.lock = lock;
    }

    /** @throws Refusal with 503 if no quorum of the masters answers */
    List<LaunchedProfile> of(UUID userId) {
        List<LaunchedProfile> launched = new ArrayList<>();
        // One call to the masters per page from base.
        Pages.walk(
                (limit, page) -> base.profilesOf(userId, limit, page),
                profiles -> launched.addAll(launched(userId, profiles)));
        return launched;
    }

    private List<LaunchedProfile> launched(UUID userId, List<Profile> profiles) {
        List<Pair> pairs =
                profiles.stream().map(profile -> new Pair(userId, profile.id())).toList();
        Map<Pair, Instant> since = since(pairs);
        return pairs.stream()
                .filter(since::containsKey)
                .map(pair -> new LaunchedProfile(pair.profile(), since.get(pair)))
                .toList();
    }

    private Map<Pair, Instant> since(List<Pair> pairs) {
        try {
            return lock.launched(pairs).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof QuorumUnavailableException unavailable) {
                log.warn(unavailable.getMessage());
                throw Refusal.unavailable(
                        ProblemType.LOCK_UNAVAILABLE,
                        "The launched profiles cannot be read now: no quorum of the Redis masters answers.");
            }
            throw e;
        }
    }
}

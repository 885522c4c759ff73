package io.kubescaler.main.login;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Profile;
import io.kubescaler.api.RedisKeys;
import io.kubescaler.main.base.BaseClient;
import io.kubescaler.main.base.Pages;
import io.kubescaler.main.web.UnavailableException;
import io.kubescaler.redlock.QuorumUnavailableException;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.Resource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Base knows the profiles of a user, the Redis masters which of them are launched. */
@Component
class LaunchedProfiles {

    private static final Logger log = LoggerFactory.getLogger(LaunchedProfiles.class);

    private final BaseClient base;
    private final RedLock redLock;

    LaunchedProfiles(BaseClient base, RedLock redLock) {
        this.base = base;
        this.redLock = redLock;
    }

    /** @throws UnavailableException if no quorum of the masters answers */
    List<LaunchedProfile> of(UUID userId) {
        List<LaunchedProfile> launched = new ArrayList<>();
        // A page of base is also what the masters are asked about at once.
        Pages.walk(
                (limit, page) -> base.profilesOf(userId, limit, page),
                profiles -> launched.addAll(launched(userId, profiles)));
        return launched;
    }

    private List<LaunchedProfile> launched(UUID userId, List<Profile> profiles) {
        Map<Resource, UUID> ids = new LinkedHashMap<>();
        for (Profile profile : profiles) {
            UUID id = profile.id();
            ids.put(new Resource(RedisKeys.lock(userId, id), RedisKeys.launched(userId, id)), id);
        }
        return since(ids.keySet()).entrySet().stream()
                .map(entry -> new LaunchedProfile(ids.get(entry.getKey()), entry.getValue()))
                .toList();
    }

    private Map<Resource, Instant> since(Collection<Resource> resources) {
        try {
            return redLock.launched(resources).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof QuorumUnavailableException unavailable) {
                log.warn(unavailable.getMessage());
                throw new UnavailableException("What is launched cannot be told now. " + unavailable.getMessage());
            }
            throw e;
        }
    }
}

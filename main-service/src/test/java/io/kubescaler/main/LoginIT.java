package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Pair;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.RedisKeys;
import io.kubescaler.redlock.Attempt;
import io.kubescaler.redlock.Lease;
import io.kubescaler.redlock.LockNode;
import io.kubescaler.redlock.RedLock;
import io.kubescaler.redlock.RedLockSettings;
import io.kubescaler.redlock.Resource;
import io.kubescaler.redlock.SystemTiming;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class LoginIT extends UndisturbedMainService {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Test
    void showsAProfileFromWhenItIsLaunchedUntilItIsReleased() {
        UUID user = newUser();
        UUID neighbour = newUser();
        UUID launched = newProfile(user, neighbour);
        newProfile(user);

        assertThat(login(user)).isEmpty();
        locking(redisUris(), lock -> {
            Lease lease = acquire(lock, user, launched);
            LaunchedProfile expected =
                    new LaunchedProfile(launched, lease.since().truncatedTo(ChronoUnit.MILLIS));
            assertThat(login(user)).containsExactly(expected);
            assertThat(login(neighbour)).isEmpty();
            lock.release(lease).toCompletableFuture().join();
        });
        assertThat(login(user)).isEmpty();
    }

    @Test
    void doesNotCountWhatOnlyAMinorityOfTheMastersHolds() {
        UUID user = newUser();
        UUID profile = newProfile(user);

        try (RedissonNodes one = RedissonNodes.connect(redisUris().subList(0, 1))) {
            LockNode node = one.nodes().get(0);
            assertThat(node.acquire(resource(user, profile), "a", null, Duration.ofMinutes(1), Instant.now())
                            .toCompletableFuture()
                            .join())
                    .isInstanceOf(LockNode.AcquireReply.Taken.class);

            assertThat(login(user)).isEmpty();
        }
    }

    @Test
    void findsALaunchedProfileBehindAPageOfOthers() {
        UUID user = newUser();
        List<UUID> profiles = IntStream.range(0, 1100)
                .parallel()
                .mapToObj(i -> newProfile(user))
                .toList();

        locking(redisUris(), lock -> {
            profiles.forEach(profile -> acquire(lock, user, profile));
            assertThat(login(user)).extracting(LaunchedProfile::id).containsExactlyInAnyOrderElementsOf(profiles);
        });
    }

    @Test
    void doesNotKnowAUserThatBaseDoesNotKnow() {
        UUID user = UUID.randomUUID();

        var problem = problem(client.get().uri("/main/login/{user}", user), HttpStatus.NOT_FOUND);

        assertThat(problem.getType()).isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(problem.getDetail()).contains(user.toString());
        assertThat(problem.getInstance()).isEqualTo(URI.create("/main/login/" + user));
    }

    private interface Locking {
        void with(RedLock lock);
    }

    /** Locks as the stream service does. */
    private static void locking(List<URI> uris, Locking locking) {
        try (RedissonNodes nodes = RedissonNodes.connect(uris);
                SystemTiming timing = new SystemTiming()) {
            RedLockSettings settings = RedLockSettings.defaults().withNodeTimeout(PATIENCE);
            locking.with(new RedLock(nodes.nodes(), settings, timing));
        }
    }

    private static Lease acquire(RedLock lock, UUID user, UUID profile) {
        Attempt attempt = lock.acquire(resource(user, profile), null)
                .toCompletableFuture()
                .join();
        assertThat(attempt).isInstanceOf(Attempt.Acquired.class);
        return ((Attempt.Acquired) attempt).lease();
    }

    private static Resource resource(UUID user, UUID profile) {
        Pair pair = new Pair(user, profile);
        return new Resource(RedisKeys.lock(pair), RedisKeys.launched(pair));
    }
}

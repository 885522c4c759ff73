package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.backing.Backing;
import io.kubescaler.backing.RedisNodes;
import io.kubescaler.redlock.Attempt.Acquired;
import io.kubescaler.redlock.Attempt.Held;
import io.kubescaler.redlock.redisson.RedissonNodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The lock as two instances see it, over real masters. */
@Execution(ExecutionMode.CONCURRENT)
class RedLockContractIT {

    @Nested
    class OneMaster extends Contract {
        OneMaster() {
            super(1);
        }
    }

    @Nested
    class ThreeMasters extends Contract {
        ThreeMasters() {
            super(3);
        }
    }

    @Nested
    class FiveMasters extends Contract {
        FiveMasters() {
            super(5);
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {

        private static final RedLockSettings SETTINGS = new RedLockSettings(
                Duration.ofSeconds(3), Duration.ofMillis(500), Duration.ofMillis(500), 3, Duration.ofMillis(100), 0.01);

        /** For locks that must not expire while the machine is busy. */
        private static final RedLockSettings LONG = new RedLockSettings(
                Duration.ofMinutes(5), Duration.ofMinutes(1), Duration.ofSeconds(2), 3, Duration.ofMillis(100), 0.01);

        private final int masters;
        private final SystemTiming timing = new SystemTiming();
        private RedisNodes redis;
        private Instance one;
        private Instance other;

        Contract(int masters) {
            this.masters = masters;
        }

        private record Instance(RedissonNodes nodes, RedLock lock, LeaseKeeper keeper) {

            static Instance start(RedisNodes redis, Timing timing) {
                RedissonNodes nodes = RedissonNodes.connect(redis.uris());
                RedLock lock = new RedLock(nodes.nodes(), SETTINGS, timing);
                return new Instance(nodes, lock, new LeaseKeeper(lock, (leases, took) -> {}));
            }

            void stop() {
                keeper.close();
                nodes.close();
            }
        }

        @BeforeAll
        void start() {
            redis = Backing.redis(masters);
            one = Instance.start(redis, timing);
            other = Instance.start(redis, timing);
            // On a busy machine, the first answers may come too late.
            Stream.of(one, other)
                    .forEach(instance -> await().atMost(Duration.ofSeconds(30))
                            .untilAsserted(() -> acquired(instance.lock.acquire(Resources.next(), null))));
        }

        @AfterAll
        void stop() {
            Stream.of(one, other).forEach(Instance::stop);
            redis.close();
            timing.close();
        }

        @Test
        void letsOneInAndRefusesTheOther() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));

            Attempt attempt = get(other.lock.acquire(resource, null));

            assertThat(lease.isValid()).isTrue();
            assertThat(attempt).isInstanceOfSatisfying(Held.class, held -> {
                assertThat(held.freeIn()).isPositive().isLessThanOrEqualTo(SETTINGS.ttl());
                assertThat(held.since().toEpochMilli()).isEqualTo(lease.since().toEpochMilli());
            });
        }

        @Test
        void isFreeAtOnceAfterARelease() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));
            assertThat(get(one.lock.release(resource, "another"))).isEqualTo(new Release.Anothers());
            assertThat(get(one.lock.release(lease))).isEqualTo(new Release.Released());
            assertThat(get(one.lock.release(lease))).isEqualTo(new Release.Missing());

            assertThat(get(other.lock.acquire(resource, null))).isInstanceOf(Acquired.class);
        }

        @Test
        void isFreeWhenNobodyKeepsIt() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));

            await().atMost(SETTINGS.ttl().multipliedBy(3))
                    .until(() -> get(other.lock.acquire(resource, null)) instanceof Acquired);

            assertThat(lease.isValid()).isFalse();
        }

        @Test
        void keepsALeaseBeyondItsTime() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));
            Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
            one.keeper.keep(lease, losses::add);
            long end = System.nanoTime() + SETTINGS.ttl().multipliedBy(2).toNanos();

            await().atMost(SETTINGS.ttl().multipliedBy(4)).until(() -> System.nanoTime() > end || !lease.isValid());

            assertThat(losses).isEmpty();
            assertThat(lease.isValid()).isTrue();
            assertThat(get(other.lock.acquire(resource, null))).isInstanceOf(Held.class);
            one.keeper.forget(lease);
            assertThat(lease.isValid()).isFalse();
        }

        @Test
        void resumesOnAnotherInstanceAndEndsTheOldSessionAtOnce() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));
            Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
            one.keeper.keep(lease, losses::add);

            Lease resumed = acquired(other.lock.acquire(resource, lease.token()));
            other.keeper.keep(resumed, reason -> {});

            assertThat(resumed.since().toEpochMilli()).isEqualTo(lease.since().toEpochMilli());
            await().until(() -> !losses.isEmpty());
            assertThat(losses).hasSize(1).first().isIn(LossReason.REVOKED, LossReason.TAKEN);
            assertThat(lease.isValid()).isFalse();
            assertThat(resumed.isValid()).isTrue();
        }

        @Test
        void endsASessionWhoseClientReleasesItElsewhere() {
            Resource resource = Resources.next();
            Lease lease = acquired(one.lock.acquire(resource, null));
            Queue<LossReason> losses = new ConcurrentLinkedQueue<>();
            one.keeper.keep(lease, reason -> {
                losses.add(reason);
                one.lock.leave(lease);
            });

            assertThat(get(other.lock.release(resource, lease.token()))).isEqualTo(new Release.Released());

            assertThat(losses).containsExactly(LossReason.REVOKED);
            assertThat(one.keeper.kept()).isZero();
            assertThat(get(other.lock.acquire(resource, null))).isInstanceOf(Acquired.class);
        }

        @Test
        void doesNotFreeTheLockBeforeAnInstanceConfirmsThatTheStreamIsOver() {
            Resource resource = Resources.next();
            RedLock lock = new RedLock(one.nodes.nodes(), LONG, timing);
            Lease lease = acquired(lock.acquire(resource, null));

            assertThat(get(lock.release(resource, lease.token()))).isInstanceOf(Release.Unconfirmed.class);

            assertThat(get(lock.acquire(resource, null))).isInstanceOf(Held.class);
            assertThat(get(lock.acquire(resource, lease.token()))).isInstanceOf(Attempt.Ended.class);
        }

        @Test
        void letsExactlyOneOfManyIn() {
            for (int round = 0; round < 20; round++) {
                Resource resource = Resources.next();
                List<CompletableFuture<Attempt>> attempts = IntStream.range(0, 10)
                        .mapToObj(i -> (i % 2 == 0 ? one : other).lock.acquire(resource, null))
                        .map(CompletionStage::toCompletableFuture)
                        .toList();

                List<Attempt> ends = attempts.stream().map(this::get).toList();

                assertThat(ends).filteredOn(Acquired.class::isInstance).hasSizeLessThanOrEqualTo(1);
                assertThat(ends)
                        .filteredOn(Attempt.Unavailable.class::isInstance)
                        .isEmpty();
            }
        }

        @Test
        void saysWhatIsLaunched() {
            Resource launched = Resources.next();
            Resource free = Resources.next();
            Lease lease = acquired(one.lock.acquire(launched, null));

            assertThat(get(other.lock.launched(List.of(free, launched))))
                    .isEqualTo(
                            Map.of(launched, Instant.ofEpochMilli(lease.since().toEpochMilli())));
            assertThat(get(other.lock.launched(List.of()))).isEmpty();
        }

        @Test
        void countsTheMastersThatAnswer() {
            assertThat(get(one.lock.ping())).isEqualTo(masters);
            assertThat(one.lock.quorum()).isEqualTo(masters / 2 + 1);
        }

        @Test
        void admitsNoListThatDiffersByMoreThanOneMaster() {
            acquired(one.lock.acquire(Resources.next(), null));
            try (RedisNodes more = Backing.redis(2);
                    RedissonNodes added = RedissonNodes.connect(more.uris())) {
                RedLock two = new RedLock(
                        Stream.concat(one.nodes.nodes().stream(), added.nodes().stream())
                                .toList(),
                        SETTINGS,
                        timing);

                assertThat(get(two.acquire(Resources.next(), null)))
                        .isInstanceOfSatisfying(
                                Attempt.Unavailable.class,
                                refused -> assertThat(refused.reason())
                                        .contains("two lists may differ by one master only"));
                assertThat(get(one.lock.acquire(Resources.next(), null))).isInstanceOf(Acquired.class);
            }
        }

        private Lease acquired(CompletionStage<Attempt> attempt) {
            Attempt end = get(attempt);
            assertThat(end).isInstanceOf(Acquired.class);
            return ((Acquired) end).lease();
        }

        private <T> T get(CompletionStage<T> stage) {
            return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        }
    }
}

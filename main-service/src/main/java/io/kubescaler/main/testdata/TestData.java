package io.kubescaler.main.testdata;

import feign.FeignException;
import feign.RetryableException;
import feign.Retryer;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import io.kubescaler.main.base.BaseClient;
import io.kubescaler.main.base.Pages;
import io.kubescaler.main.base.ProfileUsers;
import io.kubescaler.main.base.Walks;
import io.kubescaler.main.web.Connection;
import io.kubescaler.redlock.Lease;
import io.kubescaler.service.web.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Makes, counts and drops test data. It keeps no list: {@link TestIds} mark the test data. */
@Component
class TestData {

    private static final Logger log = LoggerFactory.getLogger(TestData.class);

    private static final int MAX_USERS_OF_A_PROFILE = 4;

    private static final int ATTEMPTS = 3;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final BaseClient base;
    private final Lanes lanes;
    private final Turn turn;
    private final int limit;
    private final Walks walks;
    private final Supplier<CompletableFuture<TestDataCounts>> counts;

    TestData(BaseClient base, Lanes lanes, Turn turn, TestDataSettings settings, Walks walks) {
        this.base = base;
        this.lanes = lanes;
        this.turn = turn;
        this.limit = settings.testdataLimit();
        this.walks = walks;
        this.counts = walks.share(() -> count(() -> {}));
    }

    /**
     * Every profile gets one to four random new users. The first two profiles both get the first user, so that a user
     * has a choice of profiles.
     *
     * @param connection its client's; the creation ends when that closes
     * @throws Refusal with 409 if the test data is changed already; with 422 if there would be too much; with 503 if base
     *     failed before the end, and then the detail has how much was made
     */
    TestDataCounts create(int users, int profiles, Connection connection) {
        return change(lease -> create(users, profiles, () -> {
            if (connection.isClosed()) {
                throw new CutShortException("The client left");
            }
            requireValid(lease);
        }));
    }

    private TestDataCounts create(int users, int profiles, Runnable check) {
        List<UUID> userIds = Stream.generate(TestIds::next).limit(users).toList();
        List<Profile> newProfiles = IntStream.range(0, profiles)
                .mapToObj(i -> new Profile(TestIds.next(), someOf(userIds, i < 2)))
                .toList();
        AtomicInteger madeUsers = new AtomicInteger();
        AtomicInteger madeProfiles = new AtomicInteger();
        try {
            requireRoom(users, profiles, check);
            lanes.forEach(
                    userIds,
                    id -> {
                        patiently(() -> base.putUser(id));
                        madeUsers.incrementAndGet();
                    },
                    check);
            lanes.forEach(
                    newProfiles,
                    profile -> {
                        patiently(() -> base.putProfile(profile.id(), new ProfileUsers(profile.users())));
                        madeProfiles.incrementAndGet();
                    },
                    check);
        } catch (FeignException | CutShortException e) {
            throw cutShort(
                    e,
                    "%d of %d users and %d of %d profiles were made. DELETE %s drops them."
                            .formatted(madeUsers.get(), users, madeProfiles.get(), profiles, TestDataController.PATH));
        }
        log.info("Made {} test users and {} test profiles", users, profiles);
        return new TestDataCounts(users, profiles);
    }

    private void requireRoom(int users, int profiles, Runnable check) {
        TestDataCounts now = count(check);
        if (now.users() + users > limit || now.profiles() + profiles > limit) {
            throw Refusal.tooMany("There may be %d test users and as many test profiles; there are %d and %d already."
                    .formatted(limit, now.users(), now.profiles()));
        }
    }

    /** As some seconds ago. */
    CompletableFuture<TestDataCounts> count() {
        return counts.get();
    }

    /** @param check called for each page; throws to end the walk */
    private TestDataCounts count(Runnable check) {
        AtomicInteger users = new AtomicInteger();
        AtomicInteger profiles = new AtomicInteger();
        Pages.walk(base::users, page -> {
            check.run();
            users.addAndGet(marked(page.stream().map(User::id)).size());
        });
        Pages.walk(base::profiles, page -> {
            check.run();
            profiles.addAndGet(marked(page.stream().map(Profile::id)).size());
        });
        return new TestDataCounts(users.get(), profiles.get());
    }

    /**
     * Drops profiles first, because dropping a user without profiles is fast.
     *
     * @throws Refusal with 409 if the test data is changed already; with 503 if base failed before the end, and then the
     *     detail has how much was dropped
     */
    TestDataCounts drop() {
        return change(lease -> drop(() -> requireValid(lease)));
    }

    private TestDataCounts drop(Runnable check) {
        AtomicInteger users = new AtomicInteger();
        AtomicInteger profiles = new AtomicInteger();
        try {
            Pages.walk(
                    base::profiles,
                    page -> dropMarked(page.stream().map(Profile::id), base::deleteProfile, profiles, check));
            Pages.walk(base::users, page -> dropMarked(page.stream().map(User::id), base::deleteUser, users, check));
        } catch (FeignException | CutShortException e) {
            throw cutShort(
                    e,
                    "%d users and %d profiles were dropped. DELETE %s again drops the rest."
                            .formatted(users.get(), profiles.get(), TestDataController.PATH));
        }
        log.info("Dropped {} test users and {} test profiles", users, profiles);
        return new TestDataCounts(users.get(), profiles.get());
    }

    private void dropMarked(Stream<UUID> ids, Consumer<UUID> delete, AtomicInteger dropped, Runnable check) {
        lanes.forEach(
                marked(ids),
                id -> {
                    try {
                        patiently(() -> delete.accept(id));
                        dropped.incrementAndGet();
                    } catch (FeignException.NotFound e) {
                        log.debug("Another caller has dropped {} meanwhile", id);
                    }
                },
                check);
    }

    private TestDataCounts change(Function<Lease, TestDataCounts> change) {
        return turn.take(lease -> {
            try {
                return change.apply(lease);
            } finally {
                walks.forget();
            }
        });
    }

    private static void requireValid(Lease lease) {
        if (!lease.isValid()) {
            throw new CutShortException("The lock was lost");
        }
    }

    private static Refusal cutShort(RuntimeException cause, String done) {
        log.warn("A change of the test data was cut short: {}", cause.getMessage());
        return cause instanceof CutShortException
                ? Refusal.unavailable(ProblemType.LOCK_UNAVAILABLE, cause.getMessage() + " after " + done)
                : Refusal.unavailable(ProblemType.BASE_UNAVAILABLE, "Base failed after " + done);
    }

    /** Retries a call that base did not answer in time, so that one late call does not fail thousands. */
    private static void patiently(Runnable call) {
        Retryer retryer = new Retryer.Default(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS, ATTEMPTS);
        while (true) {
            try {
                call.run();
                return;
            } catch (RetryableException e) {
                retryer.continueOrPropagate(e);
            }
        }
    }

    /** The reason is the message. */
    @SuppressWarnings("serial")
    private static final class CutShortException extends RuntimeException {

        CutShortException(String reason) {
            super(reason);
        }
    }

    private static List<UUID> marked(Stream<UUID> ids) {
        return ids.filter(TestIds::marks).toList();
    }

    private static Set<UUID> someOf(List<UUID> users, boolean withTheFirst) {
        Set<UUID> some = new HashSet<>();
        if (withTheFirst) {
            users.stream().findFirst().ifPresent(some::add);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int wanted = Math.min(users.size(), random.nextInt(1, MAX_USERS_OF_A_PROFILE + 1));
        while (some.size() < wanted) {
            some.add(users.get(random.nextInt(users.size())));
        }
        return some;
    }
}

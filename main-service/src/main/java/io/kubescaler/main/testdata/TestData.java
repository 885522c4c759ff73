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
import io.kubescaler.service.web.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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

    TestData(BaseClient base, Lanes lanes) {
        this.base = base;
        this.lanes = lanes;
    }

    /**
     * Every profile gets one to four random new users. The first two profiles both get the first user, so that a user
     * has a choice of profiles.
     *
     * @throws Refusal with 503 if base failed before the end; the detail has how much was made
     */
    TestDataCounts create(int users, int profiles) {
        List<UUID> userIds = Stream.generate(TestIds::next).limit(users).toList();
        List<Profile> newProfiles = IntStream.range(0, profiles)
                .mapToObj(i -> new Profile(TestIds.next(), someOf(userIds, i < 2)))
                .toList();
        AtomicInteger madeUsers = new AtomicInteger();
        AtomicInteger madeProfiles = new AtomicInteger();
        try {
            lanes.forEach(userIds, id -> {
                patiently(() -> base.putUser(id));
                madeUsers.incrementAndGet();
            });
            lanes.forEach(newProfiles, profile -> {
                patiently(() -> base.putProfile(profile.id(), new ProfileUsers(profile.users())));
                madeProfiles.incrementAndGet();
            });
        } catch (FeignException e) {
            log.warn("Base failed: {}", e.getMessage());
            throw Refusal.unavailable(
                    ProblemType.BASE_UNAVAILABLE,
                    "Base failed after %d of %d users and %d of %d profiles were made. DELETE %s drops them."
                            .formatted(madeUsers.get(), users, madeProfiles.get(), profiles, TestDataController.PATH));
        }
        log.info("Made {} test users and {} test profiles", users, profiles);
        return new TestDataCounts(users, profiles);
    }

    TestDataCounts count() {
        AtomicInteger users = new AtomicInteger();
        AtomicInteger profiles = new AtomicInteger();
        Pages.walk(
                base::users,
                page -> users.addAndGet(marked(page.stream().map(User::id)).size()));
        Pages.walk(
                base::profiles,
                page -> profiles.addAndGet(
                        marked(page.stream().map(Profile::id)).size()));
        return new TestDataCounts(users.get(), profiles.get());
    }

    /**
     * Drops profiles first, because dropping a user without profiles is fast.
     *
     * @throws Refusal with 503 if base failed before the end; the detail has how much was dropped
     */
    TestDataCounts drop() {
        AtomicInteger users = new AtomicInteger();
        AtomicInteger profiles = new AtomicInteger();
        try {
            Pages.walk(
                    base::profiles, page -> dropMarked(page.stream().map(Profile::id), base::deleteProfile, profiles));
            Pages.walk(base::users, page -> dropMarked(page.stream().map(User::id), base::deleteUser, users));
        } catch (FeignException e) {
            log.warn("Base failed: {}", e.getMessage());
            throw Refusal.unavailable(
                    ProblemType.BASE_UNAVAILABLE,
                    "Base failed after %d users and %d profiles were dropped. DELETE %s again drops the rest."
                            .formatted(users.get(), profiles.get(), TestDataController.PATH));
        }
        log.info("Dropped {} test users and {} test profiles", users, profiles);
        return new TestDataCounts(users.get(), profiles.get());
    }

    private void dropMarked(Stream<UUID> ids, Consumer<UUID> delete, AtomicInteger dropped) {
        lanes.forEach(marked(ids), id -> {
            try {
                patiently(() -> delete.accept(id));
                dropped.incrementAndGet();
            } catch (FeignException.NotFound e) {
                log.debug("Another caller has dropped {} meanwhile", id);
            }
        });
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

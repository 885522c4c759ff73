package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;

class TestDataIT extends UndisturbedMainService {

    @BeforeEach
    @AfterEach
    void dropAll() {
        drop(client);
    }

    @Test
    void makesTwentyUsersAndTenProfilesWhenNothingElseIsSaid() {
        client.post()
                .uri("/main/testdata")
                .contentType(MediaType.APPLICATION_JSON)
                .exchange()
                .expectStatus()
                .isCreated()
                .expectHeader()
                .location("/main/testdata")
                .expectBody(Counts.class)
                .isEqualTo(new Counts(20, 10));

        assertThat(countTestData()).isEqualTo(new Counts(20, 10));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "5, 0", "0, 3", "1, 1"})
    void makesNoMoreThanItIsAskedFor(int users, int profiles) {
        assertThat(create(users, profiles)).isEqualTo(new Counts(users, profiles));
        assertThat(countTestData()).isEqualTo(new Counts(users, profiles));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "10, 2", "20, 10"})
    void bindsEveryProfileToOneToFourNewUsersSoThatSomebodyIsSuggested(int users, int profiles) {
        Set<User> usersBefore = Set.copyOf(all("/main/users", 1000, USERS));
        Set<Profile> profilesBefore = Set.copyOf(all("/main/profiles", 1000, PROFILES));
        create(users, profiles);

        Set<UUID> newUsers = all("/main/users", 1000, USERS).stream()
                .filter(user -> !usersBefore.contains(user))
                .map(User::id)
                .collect(Collectors.toSet());
        List<Profile> newProfiles = all("/main/profiles", 1000, PROFILES).stream()
                .filter(profile -> !profilesBefore.contains(profile))
                .toList();

        assertThat(newUsers).hasSize(users);
        assertThat(newProfiles).hasSize(profiles).allSatisfy(profile -> {
            assertThat(profile.users()).hasSizeBetween(1, 4);
            assertThat(newUsers).containsAll(profile.users());
        });
        assertThat(all("/main/suggested", 1000, USERS)).map(User::id).containsAnyElementsOf(newUsers);
    }

    @Test
    void dropsOnlyWhatItMadeWhicheverInstanceIsAskedAlsoAfterARestart() {
        UUID user = newUser();
        Profile own = new Profile(newProfile(user), Set.of(user));
        Set<User> others = Set.copyOf(all("/main/users", 1000, USERS));
        create(30, 15);
        UUID testUser = all("/main/users", 1000, USERS).stream()
                .filter(one -> !others.contains(one))
                .findAny()
                .orElseThrow()
                .id();
        UUID ownWithATestUser = newProfile(user, testUser);

        try (var another = new SpringApplicationBuilder(MainServiceApplication.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--kubescaler.base.url=" + baseUrl(),
                        "--kubescaler.redis.nodes=" + redisNodes())) {
            int itsPort = Objects.requireNonNull(((WebServerApplicationContext) another).getWebServer())
                    .getPort();
            assertThat(drop(client("http://127.0.0.1:" + itsPort))).isEqualTo(new Counts(30, 15));
        }

        assertThat(countTestData()).isEqualTo(new Counts(0, 0));
        assertThat(all("/main/users", 1000, USERS)).contains(new User(user)).doesNotContain(new User(testUser));
        assertThat(all("/main/profiles", 1000, PROFILES)).contains(own, new Profile(ownWithATestUser, Set.of(user)));
        assertThat(drop(client)).isEqualTo(new Counts(0, 0));
    }

    @Test
    void makesAndDropsAThousandOfEach() {
        assertThat(create(1000, 1000)).isEqualTo(new Counts(1000, 1000));
        assertThat(countTestData()).isEqualTo(new Counts(1000, 1000));
        assertThat(drop(client)).isEqualTo(new Counts(1000, 1000));
        assertThat(countTestData()).isEqualTo(new Counts(0, 0));
    }

    private Counts create(int users, int profiles) {
        return counts(
                client.post().uri("/main/testdata").body(Map.of("users", users, "profiles", profiles)),
                HttpStatus.CREATED);
    }

    private static Counts drop(RestTestClient client) {
        return counts(client.delete().uri("/main/testdata"), HttpStatus.OK);
    }

    private static Counts counts(RestTestClient.RequestHeadersSpec<?> request, HttpStatus status) {
        return Objects.requireNonNull(request.exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody(Counts.class)
                .returnResult()
                .getResponseBody());
    }
}

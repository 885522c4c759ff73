package io.kubescaler.main;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
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
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
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
                .body(Map.of())
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

        try (var another = another()) {
            assertThat(drop(client("http://127.0.0.1:" + port(another)))).isEqualTo(new Counts(30, 15));
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

    @Test
    void changesOneThingAtATimeOnAllInstances() throws IOException {
        Socket creator = startCreating(10_000);
        try (creator;
                var another = another()) {
            await().until(() -> countTestData().users() > 0);

            for (RestTestClient client : List.of(this.client, client("http://127.0.0.1:" + port(another)))) {
                for (var change : List.of(
                        client.post().uri("/main/testdata").body(Map.of()),
                        client.delete().uri("/main/testdata"))) {
                    ProblemDetail problem = problem(change, HttpStatus.CONFLICT);
                    assertThat(problem.getType()).isEqualTo(ProblemType.TEST_DATA_CHANGING.uri());
                    assertThat(problem.getDetail()).contains("is being created or dropped since ");
                    assertThat(problem.getProperties()).containsKey("retryAfter");
                }
            }
        }
        awaitItsEnd();
    }

    @Test
    void endsACreationWhoseClientLeaves() throws IOException {
        Socket creator = startCreating(10_000);
        try (creator) {
            await().until(() -> countTestData().users() > 0);
        }

        awaitItsEnd();
        Counts then = countTestData();
        assertThat(then.profiles()).isLessThan(10_000);
        await().during(Duration.ofSeconds(3)).until(() -> countTestData().equals(then));
    }

    @Test
    void finishesACreationWhoseClientHasSentItsNextRequestAlready() throws IOException {
        try (Socket creator = startCreating(1000)) {
            creator.getOutputStream().write("GET /main/testdata HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
            creator.setSoTimeout(60_000);

            assertThat(new String(creator.getInputStream().readNBytes(12), US_ASCII))
                    .isEqualTo("HTTP/1.1 201");
        }
    }

    @Test
    void boundsTheWholeOfTheTestData() {
        create(8, 3);
        try (var another = another("--kubescaler.testdata-limit=20")) {
            RestTestClient itsClient = client("http://127.0.0.1:" + port(another));

            ProblemDetail problem = problem(
                    itsClient.post().uri("/main/testdata").body(Map.of("users", 13)), HttpStatus.UNPROCESSABLE_CONTENT);
            assertThat(problem.getType()).isEqualTo(ProblemType.TOO_MANY.uri());
            assertThat(problem.getDetail())
                    .isEqualTo("There may be 20 test users and as many test profiles; there are 8 and 3 already.");
            counts(
                    itsClient.post().uri("/main/testdata").body(Map.of("users", 12, "profiles", 17)),
                    HttpStatus.CREATED);
        }
        assertThat(countTestData()).isEqualTo(new Counts(20, 20));
    }

    @Test
    void hasNoTestDataWhenItIsSwitchedOff() {
        try (var another = another("--kubescaler.testdata=false")) {
            RestTestClient itsClient = client("http://127.0.0.1:" + port(another));

            for (var call : List.of(
                    itsClient.get().uri("/main/testdata"),
                    itsClient.post().uri("/main/testdata").body(Map.of()),
                    itsClient.post().uri("/main/testdata").body(Map.of("users", -1)),
                    itsClient.post().uri("/main/testdata"),
                    itsClient.put().uri("/main/testdata"),
                    itsClient.delete().uri("/main/testdata"))) {
                ProblemDetail problem = problem(call, HttpStatus.NOT_FOUND);
                assertThat(problem.getType()).isEqualTo(ProblemType.NO_TEST_DATA.uri());
                assertThat(problem.getDetail()).isEqualTo("Test data is switched off on this platform.");
            }
        }
        assertThat(countTestData()).isEqualTo(new Counts(0, 0));
    }

    /** Sends a creation of so many users and profiles, and does not wait for its end. */
    private Socket startCreating(int each) throws IOException {
        String body = "{\"users\":" + each + ",\"profiles\":" + each + "}";
        Socket client = new Socket("127.0.0.1", port);
        client.getOutputStream()
                .write(("POST /main/testdata HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body)
                        .getBytes(US_ASCII));
        return client;
    }

    /** A creation of nothing succeeds as soon as no other one is under way. */
    private void awaitItsEnd() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> create(0, 0));
    }

    private ConfigurableApplicationContext another(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--kubescaler.base.url=" + baseUrl(),
                "--kubescaler.redis.nodes=" + redisNodes()));
        all.addAll(List.of(settings));
        return new SpringApplicationBuilder(MainServiceApplication.class).run(all.toArray(String[]::new));
    }

    private static int port(ConfigurableApplicationContext instance) {
        return Objects.requireNonNull(((WebServerApplicationContext) instance).getWebServer())
                .getPort();
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

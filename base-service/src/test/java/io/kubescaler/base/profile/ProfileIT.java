package io.kubescaler.base.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Page;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.base.SharedCassandra;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.test.web.reactive.server.WebTestClient;

class ProfileIT extends SharedCassandra {

    private static final ParameterizedTypeReference<Page<Profile>> PROFILES = new ParameterizedTypeReference<>() {};

    @Test
    void createsAProfileWithItsUsers() {
        UUID user = newUser();

        Profile profile = client.post()
                .uri("/profiles")
                .bodyValue(Map.of("users", List.of(user)))
                .exchange()
                .expectStatus()
                .isCreated()
                .expectHeader()
                .valueMatches("Location", "/profiles/[0-9a-f-]{36}")
                .expectBody(Profile.class)
                .returnResult()
                .getResponseBody();

        assertThat(profile.users()).containsExactly(user);
        client.get()
                .uri("/profiles/{id}", profile.id())
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(Profile.class)
                .isEqualTo(profile);
    }

    @Test
    void replacesTheUsersOfAProfile() {
        UUID id = UUID.randomUUID();
        UUID before = newUser();
        UUID after = newUser();

        put(id, before).expectStatus().isCreated().expectHeader().location("/profiles/" + id);
        put(id, after).expectStatus().isOk().expectBody(Profile.class).isEqualTo(new Profile(id, Set.of(after)));

        assertThat(usersOf(id)).containsExactly(after);
    }

    @Test
    void keepsAProfileThatHasNoUsersLeft() {
        UUID id = newProfile(newUser());

        put(id).expectStatus().isOk();

        assertThat(usersOf(id)).isEmpty();
    }

    @Test
    void namesTheUsersThatAreNotThere() {
        UUID profile = newProfile();
        UUID unknown = UUID.randomUUID();

        ProblemDetail problem = problem(put(profile, newUser(), unknown), HttpStatus.UNPROCESSABLE_CONTENT);

        assertThat(problem.getType()).isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(problem.getDetail()).contains("users", unknown.toString());
        put(profile, unknown).expectBody().jsonPath("$.unknown").isEqualTo(List.of(unknown.toString()));
        assertThat(usersOf(profile)).isEmpty();
    }

    @Test
    void looksForManyUsersAtOnce() {
        UUID[] users = Stream.generate(this::newUser).limit(250).toArray(UUID[]::new);

        assertThat(usersOf(newProfile(users))).containsExactlyInAnyOrder(users);
    }

    @Test
    void deletesAProfile() {
        UUID id = newProfile(newUser());

        client.delete().uri("/profiles/{id}", id).exchange().expectStatus().isNoContent();

        String profile = "/profiles/" + id;
        assertThat(refused(HttpMethod.GET, profile, HttpStatus.NOT_FOUND).getType())
                .isEqualTo(ProblemType.PROFILE_UNKNOWN.uri());
        assertThat(refused(HttpMethod.DELETE, profile, HttpStatus.NOT_FOUND).getType())
                .isEqualTo(ProblemType.PROFILE_UNKNOWN.uri());
    }

    @Test
    void listsEveryProfileOnceWithItsUsersAcrossPages() {
        UUID user = newUser();
        List<Profile> created = Stream.generate(() -> new Profile(newProfile(user), Set.of(user)))
                .limit(5)
                .toList();

        List<Profile> listed = all("/profiles", 2, PROFILES);

        assertThat(listed).containsAll(created).extracting(Profile::id).doesNotHaveDuplicates();
    }

    private WebTestClient.ResponseSpec put(UUID id, UUID... users) {
        return client.put()
                .uri("/profiles/{id}", id)
                .bodyValue(Map.of("users", users))
                .exchange();
    }
}

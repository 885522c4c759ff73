package io.kubescaler.base.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Page;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.User;
import io.kubescaler.base.SharedCassandra;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

class UserIT extends SharedCassandra {

    private static final ParameterizedTypeReference<Page<User>> USERS = new ParameterizedTypeReference<>() {};

    @Test
    void createsAUserWithAnIdOfItsOwn() {
        User user = client.post()
                .uri("/users")
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue("{}")
                .exchange()
                .expectStatus()
                .isCreated()
                .expectBody(User.class)
                .returnResult()
                .getResponseBody();

        client.get()
                .uri("/users/{id}", user.id())
                .exchange()
                .expectBody(User.class)
                .isEqualTo(user);
        assertThat(newUser()).isNotEqualTo(user.id());
    }

    @Test
    void saysWhereTheNewUserIs() {
        client.post().uri("/users").exchange().expectHeader().valueMatches("Location", "/users/[0-9a-f-]{36}");
    }

    @Test
    void putsAUserThatIsThereAlreadyWithoutCreatingItAgain() {
        UUID id = UUID.randomUUID();

        client.put()
                .uri("/users/{id}", id)
                .exchange()
                .expectStatus()
                .isCreated()
                .expectHeader()
                .location("/users/" + id);
        client.put()
                .uri("/users/{id}", id)
                .exchange()
                .expectStatus()
                .isOk()
                .expectHeader()
                .doesNotExist("Location")
                .expectBody(User.class)
                .isEqualTo(new User(id));
    }

    @Test
    void knowsNoUserThatWasNeverCreated() {
        String user = "/users/" + UUID.randomUUID();

        assertThat(refused(HttpMethod.GET, user, HttpStatus.NOT_FOUND).getType())
                .isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(refused(HttpMethod.DELETE, user, HttpStatus.NOT_FOUND).getType())
                .isEqualTo(ProblemType.USER_UNKNOWN.uri());
    }

    @Test
    void listsEveryUserOnceAcrossPages() {
        List<UUID> created = Stream.generate(this::newUser).limit(7).toList();

        List<User> listed = all("/users", 2, USERS);

        assertThat(listed).doesNotHaveDuplicates().extracting(User::id).containsAll(created);
    }

    @Test
    void unbindsADeletedUserFromAllItsProfiles() {
        UUID user = newUser();
        UUID other = newUser();
        List<UUID> profiles =
                Stream.generate(() -> newProfile(user, other)).limit(10).toList();

        client.delete().uri("/users/{id}", user).exchange().expectStatus().isNoContent();

        refused(HttpMethod.GET, "/users/" + user, HttpStatus.NOT_FOUND);
        assertThat(profiles).allSatisfy(profile -> assertThat(usersOf(profile)).containsExactly(other));
    }
}

package io.kubescaler.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubescaler.api.Page;
import io.kubescaler.api.Profile;
import io.kubescaler.api.User;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class ListsIT extends UndisturbedMainService {

    @Test
    void showThatAccessIsOpen() {
        client.get()
                .uri("/main/access")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .isEqualTo("{\"access\":\"open\",\"user\":null,\"admin\":true}");
    }

    @Test
    void listsUsersPageByPage() {
        List<User> made = List.of(new User(newUser()), new User(newUser()), new User(newUser()));

        assertThat(page("/main/users", 1, null, USERS).next()).isNotNull();
        assertThat(all("/main/users", 1, USERS)).containsAll(made).doesNotHaveDuplicates();
    }

    @Test
    void listsProfilesWithTheirUsers() {
        UUID one = newUser();
        UUID other = newUser();
        Profile both = new Profile(newProfile(one, other), Set.of(one, other));
        Profile none = new Profile(newProfile(), Set.of());

        assertThat(all("/main/profiles", 1, PROFILES)).contains(both, none).doesNotHaveDuplicates();
    }

    @Test
    void suggestsUsersOfAtLeastTwoProfilesInOneOrder() {
        UUID never = newUser();
        UUID once = newUser();
        UUID twice = newUser();
        UUID thrice = newUser();
        newProfile(once, twice, thrice);
        newProfile(twice, thrice);
        newProfile(thrice);

        // What was read in the last seconds is still returned.
        List<User> suggested =
                await().until(() -> all("/main/suggested", 1000, USERS), all -> all.contains(new User(thrice)));

        assertThat(suggested)
                .contains(new User(twice))
                .doesNotContain(new User(never), new User(once))
                .doesNotHaveDuplicates();
        assertThat(all("/main/suggested", 1, USERS)).isEqualTo(suggested);
        assertThat(page("/main/suggested", suggested.size(), null, USERS)).isEqualTo(new Page<>(suggested, null));
    }

    @Test
    void refusesAPageOfAnotherList() {
        newUser();
        newUser();
        UUID user = newUser();
        newProfile(user);
        newProfile(user);
        String ofUsers = page("/main/users", 1, null, USERS).next();
        assertThat(ofUsers).isNotNull();

        for (String list : List.of("/main/profiles", "/main/suggested")) {
            assertThat(problem(client.get().uri(list + "?page={page}", ofUsers), HttpStatus.BAD_REQUEST)
                            .getDetail())
                    .startsWith("page: ");
        }
    }
}

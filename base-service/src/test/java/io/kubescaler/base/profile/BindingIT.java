package io.kubescaler.base.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubescaler.api.Page;
import io.kubescaler.api.Pair;
import io.kubescaler.api.Pairs;
import io.kubescaler.api.ProblemType;
import io.kubescaler.api.Profile;
import io.kubescaler.api.UnboundPairs;
import io.kubescaler.base.SharedCassandra;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

class BindingIT extends SharedCassandra {

    private static final ParameterizedTypeReference<Page<Profile>> PROFILES = new ParameterizedTypeReference<>() {};

    @Test
    void bindsAndUnbindsAUser() {
        UUID user = newUser();
        UUID profile = newProfile();
        String binding = binding(profile, user);

        client.put().uri(binding).exchange().expectStatus().isNoContent();
        client.put().uri(binding).exchange().expectStatus().isNoContent();
        client.get().uri(binding).exchange().expectStatus().isNoContent();
        assertThat(usersOf(profile)).containsExactly(user);

        client.delete().uri(binding).exchange().expectStatus().isNoContent();
        assertThat(reason(HttpMethod.GET, binding)).isEqualTo(ProblemType.NOT_BOUND.uri());
        assertThat(reason(HttpMethod.DELETE, binding)).isEqualTo(ProblemType.NOT_BOUND.uri());
        assertThat(usersOf(profile)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE"})
    void saysWhichOfTheTwoIsNotThere(String method) {
        String unknownUser = binding(newProfile(), UUID.randomUUID());
        String unknownProfile = binding(UUID.randomUUID(), newUser());

        assertThat(reason(HttpMethod.valueOf(method), unknownUser)).isEqualTo(ProblemType.USER_UNKNOWN.uri());
        assertThat(reason(HttpMethod.valueOf(method), unknownProfile)).isEqualTo(ProblemType.PROFILE_UNKNOWN.uri());
    }

    @Test
    void bindingDoesNotBringADeletedProfileBack() {
        UUID user = newUser();
        UUID profile = newProfile(user);
        client.delete().uri("/profiles/{id}", profile).exchange().expectStatus().isNoContent();

        assertThat(reason(HttpMethod.PUT, binding(profile, user))).isEqualTo(ProblemType.PROFILE_UNKNOWN.uri());

        refused(HttpMethod.GET, "/profiles/" + profile, HttpStatus.NOT_FOUND);
    }

    @Test
    void keepsAllOfSeveralUsersThatAreBoundAtOnce() {
        UUID profile = newProfile();
        List<UUID> users = Stream.generate(this::newUser).limit(8).toList();

        inParallel(users.stream()
                .<Runnable>map(user -> () -> client.put()
                        .uri(binding(profile, user))
                        .exchange()
                        .expectStatus()
                        .isNoContent())
                .toList());

        assertThat(usersOf(profile)).containsExactlyInAnyOrderElementsOf(users);
    }

    @Test
    void noProfileKeepsAUserThatWasDeletedWhileItWasBound() {
        for (int round = 0; round < 20; round++) {
            UUID user = newUser();
            UUID bound = newProfile();
            UUID replaced = newProfile();

            inParallel(List.of(
                    () -> client.put().uri(binding(bound, user)).exchange(),
                    () -> client.put()
                            .uri("/profiles/{id}", replaced)
                            .bodyValue(Map.of("users", List.of(user)))
                            .exchange(),
                    () -> client.delete()
                            .uri("/users/{id}", user)
                            .exchange()
                            .expectStatus()
                            .isNoContent()));

            assertThat(usersOf(bound)).isEmpty();
            assertThat(usersOf(replaced)).isEmpty();
        }
    }

    @Test
    void listsTheProfilesOfAUserAcrossPages() {
        UUID user = newUser();
        List<UUID> profiles =
                Stream.generate(() -> newProfile(user, newUser())).limit(5).toList();
        newProfile(newUser());

        List<Profile> listed = all("/users/" + user + "/profiles", 2, PROFILES);

        assertThat(listed).extracting(Profile::id).containsExactlyInAnyOrderElementsOf(profiles);
        assertThat(listed)
                .allSatisfy(profile -> assertThat(profile.users()).hasSize(2).contains(user));
    }

    @Test
    void hasNoProfilesOfAnUnknownUser() {
        assertThat(reason(HttpMethod.GET, "/users/" + UUID.randomUUID() + "/profiles"))
                .isEqualTo(ProblemType.USER_UNKNOWN.uri());
    }

    @Test
    void hasAnEmptyListOfProfilesOfAUserThatIsBoundToNothing() {
        assertThat(all("/users/" + newUser() + "/profiles", 10, PROFILES)).isEmpty();
    }

    @Test
    void findsThePairsThatAreNotBound() {
        UUID user = newUser();
        UUID deleted = newUser();
        UUID profile = newProfile(user, deleted);
        client.delete().uri("/users/{id}", deleted).exchange().expectStatus().isNoContent();
        Pair bound = new Pair(user, profile);
        List<Pair> unbound = List.of(
                new Pair(newUser(), profile),
                new Pair(deleted, profile),
                new Pair(UUID.randomUUID(), profile),
                new Pair(user, UUID.randomUUID()));

        List<Pair> pairs = new ArrayList<>(unbound);
        pairs.add(2, bound);

        assertThat(unboundOf(pairs)).containsExactlyElementsOf(unbound);
        client.delete().uri(binding(profile, user)).exchange().expectStatus().isNoContent();
        assertThat(unboundOf(List.of(bound))).containsExactly(bound);
    }

    @Test
    void checksAsManyPairsAsACallMayHave() {
        UUID user = newUser();
        Pair bound = new Pair(user, newProfile(user));

        assertThat(unboundOf(List.of())).isEmpty();
        assertThat(unboundOf(Collections.nCopies(Pairs.MAX, bound))).isEmpty();
        assertThat(problem(ask(Collections.nCopies(Pairs.MAX + 1, bound)), HttpStatus.BAD_REQUEST)
                        .getDetail())
                .startsWith("pairs:");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                | pairs:",
                "{\"pairs\": [null]}                               | pairs[0]:",
                "{\"pairs\": [{}]}                                 | pairs[0].",
                "{\"pairs\": [{\"user\": \"x\", \"profile\": \"x\"}]} | pairs[0].user:"
            })
    void namesWhatIsWrongInPairs(String body, String field) {
        assertThat(problem(
                                client.post()
                                        .uri("/bindings/unbound")
                                        .contentType(MediaType.APPLICATION_JSON)
                                        .bodyValue(body)
                                        .exchange(),
                                HttpStatus.BAD_REQUEST)
                        .getDetail())
                .startsWith(field);
    }

    private List<Pair> unboundOf(List<Pair> pairs) {
        return Objects.requireNonNull(ask(pairs)
                        .expectStatus()
                        .isOk()
                        .expectBody(UnboundPairs.class)
                        .returnResult()
                        .getResponseBody())
                .unbound();
    }

    private WebTestClient.ResponseSpec ask(List<Pair> pairs) {
        return client.post()
                .uri("/bindings/unbound")
                .bodyValue(new Pairs(pairs))
                .exchange();
    }

    private URI reason(HttpMethod method, String uri) {
        return refused(method, uri, HttpStatus.NOT_FOUND).getType();
    }

    private static String binding(UUID profile, UUID user) {
        return "/profiles/" + profile + "/users/" + user;
    }

    private static void inParallel(List<Runnable> calls) {
        CompletableFuture.allOf(calls.stream().map(CompletableFuture::runAsync).toArray(CompletableFuture[]::new))
                .join();
    }
}

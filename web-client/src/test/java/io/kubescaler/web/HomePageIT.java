package io.kubescaler.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HomePageIT extends InBrowser {

    private static final String NOBODY = "{\"items\":[],\"next\":null}";

    @BeforeEach
    void withoutData() {
        platform.on("GET /main/users", NOBODY);
        platform.on("GET /main/profiles", NOBODY);
        platform.on("GET /main/suggested", NOBODY);
        platform.on("GET /main/testdata", "{\"users\":0,\"profiles\":0}");
    }

    /** Profile 1 has users 1..8, profile 2 has users 1 and 2; user 1 streams profile 1. */
    private void withData() {
        platform.on("GET /main/users?limit=10", page(users(1, 8), null));
        platform.on("GET /main/users?limit=1000", page(users(1, 8), null));
        platform.on("GET /main/suggested", page(users(1, 2), null));
        platform.on("GET /main/profiles", page(profile(1, 1, 8) + "," + profile(2, 1, 2), null));
        platform.on("GET /main/testdata", "{\"users\":8,\"profiles\":2}");
        for (int i = 1; i <= 8; i++) {
            platform.on("GET /main/login/" + user(i), NOBODY);
        }
        launch(1, 1);
    }

    private void launch(int user, int profile) {
        platform.on(
                "GET /main/login/" + user(user),
                page("{\"id\":\"%s\",\"since\":\"2026-01-21T10:00:00Z\"}".formatted(id('b', profile)), null));
    }

    @Test
    void showsWhatToDoWhenThereIsNothing() {
        visit("/");
        for (var list : new String[] {"#users", "#profiles", "#suggested"}) {
            assertThat(page.locator(list)
                            .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("Create test data")))
                    .isVisible();
        }
        assertThat(page.locator("#live")).hasText("No stream on this page is live.");
        assertThat(button("Delete…")).isDisabled();
        assertAccessible("home-empty");
    }

    @Test
    void hasNoTestDataWhereItIsSwitchedOff() {
        platform.failOn("GET /main/testdata", 404, "{\"title\":\"No test data\",\"detail\":\"It is off.\"}", 0);
        visit("/");
        assertThat(page.locator("#testdata")).isHidden();
        assertThat(page.getByRole(AriaRole.ALERT).first()).isHidden();
    }

    @Test
    void showsUsersAndProfilesWithALinkForEveryPair() {
        withData();
        visit("/");
        assertThat(page.locator("#users li")).hasCount(8);
        assertThat(page.locator("#users li").first().locator("pair-link a").first())
                .hasAttribute("href", "/index/" + user(1) + "/" + id('b', 1));
        assertThat(page.locator("#suggested li").first().locator("pair-link")).hasCount(2);
        var profile = page.locator("#profiles li").first();
        assertThat(profile.locator("pair-link")).hasCount(6);
        profile.getByText("2 more").click();
        assertThat(profile.locator("pair-link")).hasCount(8);
        assertThat(page.locator("#live")).hasText("1 stream on this page is live.");
        assertAccessible("home");
    }

    @Test
    void followsWhoIsLaunchedWithoutRebuildingTheLists() {
        withData();
        page.clock().install();
        visit("/");
        page.clock().runFor(1_000);
        var link = page.locator("#users li").nth(1).locator("pair-link").nth(1);
        assertThat(page.locator("#live")).hasText("1 stream on this page is live.");
        assertThat(link).not().hasClass("is-launched");
        var before = link.elementHandle();
        launch(2, 2);
        page.clock().runFor(6_000);
        assertThat(link).hasClass("is-launched");
        assertThat(page.locator("#live")).hasText("2 streams on this page are live.");
        Assertions.assertThat(before.evaluate("link => link.isConnected")).isEqualTo(true);
        platform.on("GET /main/login/" + user(2), NOBODY);
        page.clock().runFor(6_000);
        assertThat(link).not().hasClass("is-launched");
    }

    @Test
    void showsALaunchedPairThatTheListLeftOut() {
        withData();
        platform.on(
                "GET /main/profiles",
                page(
                        IntStream.rangeClosed(1, 9)
                                .mapToObj(i -> profile(i, 1, 1))
                                .collect(Collectors.joining(",")),
                        null));
        launch(1, 9);
        visit("/");
        var pairs = page.locator("#users li").first().locator("pair-link");
        assertThat(pairs).hasCount(7);
        assertThat(pairs.last()).hasClass("is-launched");
    }

    @Test
    void showsThatItCannotCheckWhoIsLive() {
        withData();
        platform.failOn("GET /main/login/" + user(1), 503, "{\"title\":\"Redis is out of reach\",\"detail\":\"\"}", 5);
        visit("/");
        assertThat(page.locator("#live")).hasText("Cannot check who is live now. Redis is out of reach.");
    }

    @Test
    void takesNobodyWhoWasDeletedMeanwhileForLive() {
        withData();
        platform.failOn("GET /main/login/" + user(1), 404, "{\"title\":\"No such user\",\"detail\":\"\"}", 5);
        visit("/");
        assertThat(page.locator("#live")).hasText("No stream on this page is live.");
    }

    @Test
    void turnsPagesBackAndForth() {
        platform.on("GET /main/users?limit=10", page(users(1, 10), "second"));
        platform.on("GET /main/users?limit=10&page=second", page(users(11, 13), null));
        visit("/");
        var list = page.locator("#users");
        assertThat(list.locator("li")).hasCount(10);
        assertThat(list.getByText("Previous")).isDisabled();
        list.getByText("Next").click();
        assertThat(list.locator("li")).hasCount(3);
        assertThat(list.getByText("Page 2")).isVisible();
        assertThat(list.getByText("Next")).isDisabled();
        list.getByText("Previous").click();
        assertThat(list.locator("li")).hasCount(10);
    }

    @Test
    void showsWhyAListIsNotThereAndTriesAgain() {
        platform.failOn(
                "GET /main/profiles",
                503,
                "{\"title\":\"Base does not answer\",\"detail\":\"Try again in a moment.\"}",
                60);
        visit("/");
        var problem = page.locator("#profiles").getByRole(AriaRole.ALERT);
        assertThat(problem).containsText("Base does not answer");
        assertThat(page.locator("#profiles .empty")).isHidden();
        assertAccessible("home-unavailable");
        platform.on("GET /main/profiles", page(profile(1, 1, 1), null));
        problem.getByRole(AriaRole.BUTTON).click();
        assertThat(page.locator("#profiles li")).hasCount(1);
        assertThat(problem).isHidden();
    }

    @Test
    void triesAListAgainByItselfWhenToldWhen() {
        platform.failOn("GET /main/users", 503, "{\"title\":\"Base does not answer\",\"detail\":\"\"}", 1);
        visit("/");
        assertThat(page.locator("#users").getByRole(AriaRole.ALERT)).containsText("Base does not answer");
        platform.on("GET /main/users", page(users(1, 1), null));
        assertThat(page.locator("#users li")).hasCount(1);
    }

    @Test
    void createsTestDataAndShowsIt() {
        visit("/");
        assertThat(page.locator("#users .empty")).isVisible();
        withData();
        platform.on("POST /main/testdata", "{\"users\":8,\"profiles\":2}");
        page.getByLabel("Users to add").fill("8");
        page.getByLabel("Profiles to add").fill("2");
        button("Create").click();
        assertThat(page.locator("#testdata-status")).hasText("Created 8 users and 2 profiles.");
        assertThat(page.locator("#count-users")).hasText("8");
        assertThat(page.locator("#users li")).hasCount(8);
        Assertions.assertThat(platform.requests())
                .contains(new ScriptedPlatform.Request(
                        "POST", "/main/testdata", null, null, "{\"users\":8,\"profiles\":2}"));
    }

    @Test
    void asksForSensibleCountsBeforeItCreatesAnything() {
        visit("/");
        for (var wrong : new String[] {"", "0", "-1", "1.5", "10001"}) {
            page.locator("#new-users").fill(wrong);
            button("Create").click();
            assertThat(page.locator("#new-users:invalid")).isFocused();
        }
        Assertions.assertThat(platform.requests())
                .noneMatch(request -> request.method().equals("POST"));
    }

    @Test
    void dropsTestDataOnlyWhenThatIsConfirmed() {
        withData();
        platform.on("DELETE /main/testdata", "{\"users\":8,\"profiles\":2}");
        visit("/");
        button("Delete…").click();
        assertThat(page.getByRole(AriaRole.DIALOG)).containsText("This deletes 8 users and 2 profiles");
        assertAccessible("home-delete");
        button("Keep").click();
        assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
        button("Delete…").click();
        page.keyboard().press("Escape");
        assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
        Assertions.assertThat(platform.requests())
                .noneMatch(request -> request.method().equals("DELETE"));
        withoutData();
        platform.on("GET /main/users?limit=10", NOBODY);
        button("Delete…").click();
        page.getByRole(AriaRole.DIALOG)
                .getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(page.locator("#testdata-status")).hasText("Deleted 8 users and 2 profiles.");
        assertThat(page.locator("#users .empty")).isVisible();
    }

    @Test
    void showsWhyTestDataWasNotCreated() {
        platform.failOn(
                "POST /main/testdata",
                503,
                "{\"title\":\"Base does not answer\",\"detail\":\"Nothing was created.\"}",
                5);
        var counts = holdFirst("**/main/testdata");
        visit("/");
        page.waitForCondition(() -> !counts.isEmpty());
        button("Create").click();
        assertThat(page.locator("#testdata-problem")).containsText("Nothing was created.");
        // No later counts are on their way, which would replace those that arrive now.
        assertThat(page.locator("#testdata:not([aria-busy])")).isVisible();
        // The counts of the first moment may arrive after the failure. They say nothing about it.
        counts.get(0).fulfill(new Route.FulfillOptions().setBody("{\"users\":7,\"profiles\":1}"));
        assertThat(page.locator("#count-users")).hasText("7");
        assertThat(page.locator("#testdata-problem")).containsText("Nothing was created.");
    }

    @Test
    void findsUsersAndProfilesByTheStartOfTheirId() {
        withData();
        visit("/");
        page.locator("#search-id").fill(user(3).toUpperCase());
        button("Find").click();
        assertThat(page.locator("#search-status")).hasText("1 user and 0 profiles.");
        assertThat(page.locator("#found a")).hasAttribute("href", "/index/" + user(3) + "/" + id('b', 1));
        page.locator("#search-id").fill(id('b', 1).substring(0, 4));
        button("Find").click();
        assertThat(page.locator("#search-status")).hasText("0 users and 1 profile.");
        page.locator("#search-id").fill("dead");
        button("Find").click();
        assertThat(page.locator("#search-status")).hasText(Pattern.compile("No user or profile .* “dead”\\."));
    }

    @Test
    void showsTheResultOfTheLastSearchOnly() {
        withData();
        visit("/");
        assertThat(page.locator("#users li")).hasCount(8);
        var first = holdFirst("**/main/users?limit=1000");
        page.locator("#search-id").fill("dead");
        button("Find").click();
        page.locator("#search-id").fill(user(3));
        button("Find").click();
        assertThat(page.locator("#search-status")).hasText("1 user and 0 profiles.");
        page.waitForRequestFinished(first.get(0)::resume);
        page.evaluate("fetch('/').then(response => response.text())"); // the page has had time to read the answer
        assertThat(page.locator("#search-status")).hasText("1 user and 0 profiles.");
    }

    /** The first request to an address waits for the test, the others do not. */
    private List<Route> holdFirst(String address) {
        var held = new ArrayList<Route>();
        page.route(address, route -> {
            if (held.isEmpty()) {
                held.add(route);
            } else {
                route.resume();
            }
        });
        return held;
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static String page(String items, @Nullable String next) {
        return "{\"items\":[%s],\"next\":%s}".formatted(items, next == null ? "null" : "\"" + next + "\"");
    }

    private static String users(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> "{\"id\":\"" + user(i) + "\"}")
                .collect(Collectors.joining(","));
    }

    private static String profile(int number, int firstUser, int lastUser) {
        var users = IntStream.rangeClosed(firstUser, lastUser)
                .mapToObj(i -> "\"" + user(i) + "\"")
                .collect(Collectors.joining(","));
        return "{\"id\":\"%s\",\"users\":[%s]}".formatted(id('b', number), users);
    }

    private static String user(int number) {
        return id('a', number);
    }

    private static String id(char letter, int number) {
        // Like random ids, these differ from their first characters on.
        return "%c%07x-0000-4000-8000-%012d".formatted(letter, number * 0x9e3779b1 >>> 4, number);
    }
}

package io.kubescaler.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadPageIT extends InBrowser {

    private static final List<String> USERS =
            List.of("3f2a91c0-5d1e-4c1b-9a77-0c2f6e1d8b40", "52bf6256-d17c-47fb-9d79-0c2f6e1d8b41");
    private static final List<String> PROFILES =
            List.of("b81d44fe-93aa-4e0c-8f52-61d0a7c3e925", "c97650b4-06bb-49cb-8f52-61d0a7c3e926");

    /** Both users are bound to both profiles. */
    @BeforeEach
    void fourPairs() {
        var users = "\"" + USERS.get(0) + "\",\"" + USERS.get(1) + "\"";
        platform.on(
                "GET /main/profiles",
                "{\"items\":[{\"id\":\"%s\",\"users\":[%s]},{\"id\":\"%s\",\"users\":[%s]}],\"next\":null}"
                        .formatted(PROFILES.get(0), users, PROFILES.get(1), users));
        platform.on(
                "GET /main/suggested",
                "{\"items\":[{\"id\":\"%s\"},{\"id\":\"%s\"}],\"next\":null}".formatted(USERS.get(0), USERS.get(1)));
    }

    @Test
    void opensStreamsOfDifferentUsersFirstAndAddsThemUp() throws InterruptedException {
        visit("/load");
        assertThat(page.locator("#no-instances")).isVisible();
        open(3);
        for (int i = 1; i <= 3; i++) {
            platform.nextStream().session("token-" + i, i == 2 ? "stream-2" : "stream-1");
        }
        assertThat(page.locator("#streaming")).hasText("3 of 3");
        assertThat(page.locator("#others")).hasText("on 2 instances");
        assertThat(page.locator("#instances li").first()).containsText(Pattern.compile("stream-1.*2 streams"));
        assertThat(page.locator("#list li").first()).containsText("Streaming");
        Assertions.assertThat(requestedStreams())
                .containsExactlyInAnyOrder(
                        stream(USERS.get(0), PROFILES.get(0)),
                        stream(USERS.get(1), PROFILES.get(0)),
                        stream(USERS.get(0), PROFILES.get(1)));
        assertAccessible("load");
    }

    @Test
    void showsWhyThereCannotBeMoreStreamsOverHttp1() {
        visit("/load");
        assertThat(page.locator("#connection")).containsText("at most six connections to a host");
        assertThat(page.locator("#connection")).containsText("This server offers no HTTP/2.");
        page.locator("#streams").fill("6");
        button("Open").click();
        assertThat(page.locator("#streams:invalid")).isFocused();
        Assertions.assertThat(requestedStreams()).isEmpty();
    }

    @Test
    void offersHttp2WhenTheServerAnswersAtLast() {
        var asked = new AtomicInteger();
        page.route("**/load", route -> {
            if (route.request().method().equals("GET")) {
                route.resume();
                return;
            }
            switch (asked.getAndIncrement()) {
                case 0 -> route.abort();
                case 1 -> route.fulfill(new FulfillOptions().setStatus(503));
                default -> route.fulfill(new FulfillOptions().setHeaders(Map.of("Alt-Svc", "h2=\":8443\"")));
            }
        });
        visit("/load");
        var offer = page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Open this page over HTTP/2"));
        assertThat(offer).hasAttribute("href", "https://127.0.0.1:8443/load");
    }

    @Test
    void showsWhenThereAreFewerPairs() throws InterruptedException {
        visit("/load?streams=5");
        for (int i = 1; i <= 4; i++) {
            platform.nextStream().session("token-" + i, "stream-1");
        }
        assertThat(page.locator("#status")).containsText("Suggested users have only 4 streams.");
        assertThat(page.locator("#streaming")).hasText("4 of 4");
    }

    @Test
    void takesItsSessionsUpAgainAfterAReload() throws InterruptedException {
        visit("/load");
        open(2);
        platform.nextStream().session("token-1", "stream-1");
        platform.nextStream().session("token-2", "stream-1");
        assertThat(page.locator("#streaming")).hasText("2 of 2");
        page.reload();
        Assertions.assertThat(List.of(
                        String.valueOf(platform.nextStream().token()),
                        String.valueOf(platform.nextStream().token())))
                .containsExactlyInAnyOrder("token-1", "token-2");
        Assertions.assertThat(page.url()).endsWith("/load?streams=2");
    }

    @Test
    void showsARefusedStreamAmongTheOthers() throws InterruptedException {
        platform.refuseNextStream(
                409, "{\"title\":\"Launched elsewhere\",\"detail\":\"Another has it.\",\"retryAfter\":42}", 42);
        visit("/load");
        open(1);
        assertThat(page.locator("#list li")).containsText("Refused");
        assertThat(page.locator("#list li")).containsText(Pattern.compile("trying again in 4[0-2] s"));
        assertThat(page.locator("#streaming")).hasText("0 of 1");
        assertAccessible("load-refused");
    }

    @Test
    void endsAllOfThemAndFreesTheirLocks() throws InterruptedException {
        visit("/load");
        open(2);
        platform.nextStream().session("token-1", "stream-1");
        platform.nextStream().session("token-2", "stream-1");
        assertThat(page.locator("#streaming")).hasText("2 of 2");
        platform.on("DELETE " + stream(USERS.get(0), PROFILES.get(0)), "");
        platform.on("DELETE " + stream(USERS.get(1), PROFILES.get(0)), "");
        button("End all").click();
        assertThat(page.locator("#status")).hasText("Ended 2 streams, now free for others.");
        assertThat(page.locator("#list li")).hasCount(0);
        Assertions.assertThat(page.url()).endsWith("/load");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.method().equals("DELETE"))
                .extracting(ScriptedPlatform.Request::token)
                .containsExactlyInAnyOrder("token-1", "token-2");
    }

    private void open(int streams) {
        page.locator("#streams").fill(String.valueOf(streams));
        button("Open").click();
    }

    private List<String> requestedStreams() {
        return platform.requests().stream()
                .map(ScriptedPlatform.Request::path)
                .filter(path -> path.startsWith("/stream/"))
                .toList();
    }

    private static String stream(String user, String profile) {
        return "/stream/" + user + "/" + profile;
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }
}

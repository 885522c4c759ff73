package io.kubescaler.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.kubescaler.web.ScriptedPlatform.Request;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** What the pages do where calls need an access token. */
class AccessIT extends InBrowser {

    private static final String USER = "3f2a91c0-5d1e-4c1b-9a77-0c2f6e1d8b40";
    private static final String PROFILE = "b81d44fe-93aa-4e0c-8f52-61d0a7c3e925";
    private static final String STREAM = "/index/" + USER + "/" + PROFILE;

    @Test
    void saysThatAccessIsOpen() {
        visit(STREAM);

        assertThat(note()).hasText("Access is open: anybody may open and end any stream.");
    }

    @Test
    void asksForATokenBeforeItCallsAnythingElseAndForgetsItOnDemand() {
        nobody();
        visit("/");
        assertThat(tokenField()).isVisible();
        assertThat(page.locator("#all")).isHidden();
        assertThat(page.locator("#own")).isHidden();
        Assertions.assertThat(platform.requests()).extracting(Request::path).containsOnly("/main/access");
        assertAccessible("access-asked");

        platform.on("GET /main/access", "{\"access\":\"token\",\"user\":\"operator\",\"admin\":true}");
        platform.on("GET /main/testdata", "{\"users\":3,\"profiles\":2}");
        tokenField().fill(" access-1 ");
        button("Use").click();
        assertThat(note()).containsText("Administrator operator");
        assertThat(page.locator("#count-users")).hasText("3");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.path().equals("/main/testdata"))
                .extracting(Request::authorization)
                .containsOnly("Bearer access-1");
        Assertions.assertThat(page.url()).doesNotContain("access-1");

        nobody();
        button("Forget the access token").click();
        assertThat(tokenField()).isVisible();
        Assertions.assertThat(
                        platform.requests().get(platform.requests().size() - 1).authorization())
                .isNull();
    }

    @Test
    void showsAUserItsOwnStreamsOnly() throws InterruptedException {
        platform.on("GET /main/access", "{\"access\":\"token\",\"user\":\"%s\",\"admin\":false}".formatted(USER));
        platform.on(
                "GET /main/login/" + USER,
                "{\"items\":[{\"id\":\"%s\",\"since\":\"2026-01-21T10:00:00Z\"}],\"next\":null}".formatted(PROFILE));
        visit("/");
        assertThat(note()).containsText("User " + USER);
        assertThat(page.locator("#own-streams pair-link a")).hasAttribute("href", STREAM);
        assertThat(page.locator("#all")).isHidden();
        assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("System")))
                .isHidden();
        assertAccessible("access-own");

        page.locator("#open-profile").fill(PROFILE.toUpperCase());
        button("Open").click();
        platform.nextStream();
        Assertions.assertThat(page.url()).endsWith(STREAM);
        Assertions.assertThat(platform.requests())
                .extracting(Request::path)
                .doesNotContain("/main/users", "/main/profiles", "/main/suggested", "/main/testdata");
    }

    @Test
    void resumesTheSessionWithANewToken() throws InterruptedException {
        visit(STREAM);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        assertThat(page.locator("#word")).hasText("Streaming");

        platform.refuseNextStream(
                401, "{\"title\":\"Unidentified\",\"detail\":\"The access token has expired.\"}", null);
        stream.end("expired", 100);
        assertThat(note()).containsText("The access token has expired.");
        assertThat(page.locator("#word")).hasText("Refused");
        assertAccessible("access-expired");
        tokenField().fill("access-2");
        button("Use").click();

        Assertions.assertThat(platform.nextStream().token()).isEqualTo("token-1");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.path().startsWith("/stream/"))
                .last()
                .extracting(Request::authorization)
                .isEqualTo("Bearer access-2");
    }

    /** Calls need a token from now on. */
    private void nobody() {
        platform.on("GET /main/access", "{\"access\":\"token\",\"user\":null,\"admin\":false}");
    }

    private Locator note() {
        return page.locator("access-note");
    }

    private Locator tokenField() {
        return page.getByLabel("Access token");
    }

    private Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }
}

package io.kubescaler.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Clock;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class StreamPageIT extends InBrowser {

    private static final String USER = "3f2a91c0-5d1e-4c1b-9a77-0c2f6e1d8b40";
    private static final String PROFILE = "b81d44fe-93aa-4e0c-8f52-61d0a7c3e925";
    private static final String PAGE = "/index/" + USER + "/" + PROFILE;
    private static final String STREAM = "/stream/" + USER + "/" + PROFILE;
    private static final String LETTERS = new Random(6)
            .ints(25_000, 'a', 'z' + 1)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    private static final String HELD = """
            {"type":"urn:kubescaler:problem:launched-elsewhere","title":"Launched elsewhere","status":409,\
            "detail":"Another client streams this pair.","since":"2026-11-21T09:58:00Z","retryAfter":%d}""";

    @Test
    void showsWhatArrives() throws InterruptedException {
        visit(PAGE);
        assertState("Connecting");
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        assertState("Streaming");
        stream.message(1, "first");
        stream.message(2, "second <b>not bold</b>");
        stream.message(5, "x".repeat(25_000));
        assertThat(page.locator("#instance")).hasText("stream-1:8083");
        assertThat(page.locator("#messages")).hasText("3 messages");
        assertThat(page.locator("#lost")).hasText("2");
        assertThat(page.locator("#bytes")).hasText(Pattern.compile("25\\.\\d kB"));
        assertThat(page.locator("#log tr:visible")).hasCount(3);
        assertThat(page.locator("#log tr").nth(0)).containsText("x".repeat(120) + "…");
        assertThat(page.locator("#log tr").nth(1)).containsText("second <b>not bold</b>");
        assertThat(page.locator("#log tr").nth(0).locator(".instance")).hasText("stream-1");
        assertAccessible("streaming");
    }

    @Test
    void keepsOnlyTheNewestMessages() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        for (int i = 1; i <= 100; i++) {
            stream.message(i, "message " + i);
        }
        assertThat(page.locator("#messages")).hasText("100 messages");
        assertThat(page.locator("#log tr")).hasCount(8);
        assertThat(page.locator("#log tr").first()).containsText("message 100");
    }

    @Test
    void resumesWithItsTokenAfterAReload() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        Assertions.assertThat(stream.token()).isNull();
        stream.session("token-1", "stream-1:8083");
        assertState("Streaming");
        page.reload();
        var resumed = platform.nextStream();
        Assertions.assertThat(resumed.token()).isEqualTo("token-1");
        resumed.session("token-2", "stream-1:8083");
        assertState("Streaming");
        Assertions.assertThat(page.url()).doesNotContain("token");
    }

    @Test
    void dropsWhatIsOutOfDate() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083", 7);
        stream.message(1, "late", 6);
        stream.message(2, "in time", 7);
        assertThat(page.locator("#messages")).hasText("1 message");
        assertThat(page.locator("#log tr").first()).containsText("in time");
        stream.breakOff();
        platform.nextStream().session("token-2", "stream-1:8083", 6);
        assertThat(page.locator("#text")).containsText("The session is out of date");
        var newer = platform.nextStream();
        Assertions.assertThat(newer.token()).isEqualTo("token-1");
        newer.session("token-3", "stream-1:8083", 8);
        assertState("Streaming");
    }

    @Test
    void aTabOpenedByLinkHasNoToken() throws InterruptedException {
        visit(PAGE);
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
        platform.refuseNextStream(409, HELD.formatted(60), 60);
        page = context.newPage();
        visit(PAGE);
        assertState("Refused");
        assertThat(page.locator("#text")).containsText("Another tab of this browser has this stream, since");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.path().equals(STREAM))
                .extracting(ScriptedPlatform.Request::token)
                .containsOnlyNulls();
    }

    @Test
    void aDuplicatedTabDoesNotTakeItsSiblingsSession() throws InterruptedException {
        visit(PAGE);
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
        // Like a duplicated tab, the new one gets a copy of the session storage.
        var duplicate = context.waitForPage(() -> page.evaluate("() => void window.open(location.href)"));
        var stream = platform.nextStream();
        Assertions.assertThat(stream.token()).isNull();
        Assertions.assertThat(duplicate.evaluate("sessionStorage.length")).isEqualTo(0);
        assertState("Streaming");
        Assertions.assertThat(page.evaluate("sessionStorage.length")).isEqualTo(1);
    }

    @Test
    void aDuplicatedTabDoesNotEndItsSiblingsSession() throws InterruptedException {
        platform.on("DELETE " + STREAM, "");
        visit(PAGE);
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
        // At once: the tab does not know yet that its token is a copy.
        context.addInitScript("addEventListener('DOMContentLoaded', () => document.getElementById('end').click())");
        var duplicate = context.waitForPage(() -> page.evaluate("() => void window.open(location.href)"));
        platform.nextStream().session("token-2", "stream-2:8083");
        assertThat(duplicate.locator("#word")).hasText("Ended");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.method().equals("DELETE"))
                .containsExactly(new ScriptedPlatform.Request("DELETE", STREAM, "token-2", null, ""));
    }

    @Test
    void showsSinceWhenThePairIsLaunchedAndWhenItTriesAgain() throws InterruptedException {
        platform.refuseNextStream(409, HELD.formatted(600), 600);
        visit(PAGE);
        assertState("Refused");
        assertThat(page.locator("#text")).containsText("Launched elsewhere, since");
        assertThat(page.locator("#countdown")).hasText(Pattern.compile("Trying again in (10 min 0|9 min \\d+) s"));
        assertAccessible("refused");
        button("Try now").click();
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
        assertThat(button("Try now")).isHidden();
    }

    @Test
    void triesAgainByItselfWhenThePairCanBeFree() throws InterruptedException {
        platform.refuseNextStream(409, HELD.formatted(1), 1);
        visit(PAGE);
        assertState("Refused");
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
    }

    @Test
    void showsWhyAStreamIsForbiddenAndDoesNotTryAgain() {
        platform.refuseNextStream(
                403,
                "{\"title\":\"Not bound\",\"status\":403,\"detail\":\"The user is not bound to the profile.\"}",
                null);
        visit(PAGE);
        assertState("Refused");
        assertThat(page.locator("#text")).hasText("Not bound. The user is not bound to the profile.");
        assertThat(page.locator("#countdown")).isHidden();
        assertThat(button("Try again")).isVisible();
    }

    @Test
    void waitsWhileAServiceIsUnavailable() throws InterruptedException {
        platform.refuseNextStream(
                503,
                "{\"title\":\"Lock is out of reach\",\"status\":503,\"detail\":\"Two of three nodes do not answer.\"}",
                1);
        visit(PAGE);
        assertState("Unavailable");
        assertThat(page.locator("#text")).hasText("Lock is out of reach. Two of three nodes do not answer.");
        platform.nextStream().session("token-1", "stream-1:8083");
        assertState("Streaming");
    }

    @Test
    void resumesOnAnotherInstanceWhenTheConnectionBreaks() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        stream.message(7, "from the first");
        assertThat(page.locator("#messages")).hasText("1 message");
        stream.breakOff();
        var resumed = platform.nextStream();
        Assertions.assertThat(resumed.token()).isEqualTo("token-1");
        assertState("Connecting");
        resumed.session("token-2", "stream-2:8084");
        resumed.message(900, "from the second");
        assertState("Streaming");
        assertThat(page.locator("#instance")).hasText("stream-2:8084");
        assertThat(page.locator("#instance-changes")).hasText("changed once");
        assertThat(page.locator("#instances li")).hasCount(2);
        assertThat(page.locator("#messages")).hasText("2 messages");
        assertThat(page.locator("#lost")).hasText("0");
    }

    @Test
    void goesOnElsewhereWhenAnInstanceDrains() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1");
        untilItsChartShowsSomething(stream);
        stream.end("drain", 10_000);
        assertState("Ended");
        assertThat(page.locator("#text")).containsText("The session continues on another one.");
        picture("stream-ended-drain");
        var resumed = platform.nextStream();
        Assertions.assertThat(resumed.token()).isEqualTo("token-1");
        resumed.session("token-2", "stream-2:8084");
        assertState("Streaming");
    }

    @Test
    void startsAnewWithoutTheTokenOfALostLock() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1");
        untilItsChartShowsSomething(stream);
        stream.end("lost", 10_000);
        assertState("Ended");
        assertThat(page.locator("#text")).containsText("no longer be sure that the stream is yours");
        picture("stream-ended-lost");
        Assertions.assertThat(platform.nextStream().token()).isNull();
    }

    @Test
    void endsTheSessionAndFreesTheLock() throws InterruptedException {
        platform.on("DELETE " + STREAM, "");
        visit(PAGE);
        assertThat(button("End session")).isDisabled();
        platform.nextStream().session("token-1", "stream-1:8083");
        button("End session").click();
        assertState("Ended");
        assertThat(page.locator("#text")).hasText("The session is over. The stream is free for others.");
        Assertions.assertThat(platform.requests())
                .contains(new ScriptedPlatform.Request("DELETE", STREAM, "token-1", null, ""));
        assertThat(button("End session")).isDisabled();
        assertAccessible("ended");
        button("Start again").click();
        Assertions.assertThat(platform.nextStream().token()).isNull();
    }

    @Test
    void endsTheSessionThatAResumeHasJustBegun() throws InterruptedException {
        platform.on("DELETE " + STREAM, "");
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        assertState("Streaming");
        stream.breakOff();
        var resumed = platform.nextStream();
        button("End session").click();
        assertState("Ending");
        resumed.session("token-2", "stream-1:8083");
        assertState("Ended");
        Assertions.assertThat(platform.requests())
                .filteredOn(request -> request.method().equals("DELETE"))
                .containsExactly(new ScriptedPlatform.Request("DELETE", STREAM, "token-2", null, ""));
    }

    @Test
    void waitsAtLeastTheBackoffThoughTheServerAllowsLess() throws InterruptedException {
        page.clock().install(new Clock.InstallOptions().setTime(0));
        // Time passes in this test only.
        page.clock().pauseAt(1_000);
        visit(PAGE);
        page.clock().runFor(500);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        assertState("Streaming");
        stream.end("drain", 0);
        assertState("Ended");
        page.clock().runFor(200);
        assertState("Ended");
        page.clock().runFor(1_000);
        Assertions.assertThat(platform.nextStream().token()).isEqualTo("token-1");
    }

    @Test
    void resumesWhenTheSessionCannotBeEnded() throws InterruptedException {
        platform.failOn(
                "DELETE " + STREAM, 503, "{\"title\":\"Lock is out of reach\",\"detail\":\"Try again soon.\"}", 5);
        visit(PAGE);
        platform.nextStream().session("token-1", "stream-1:8083");
        button("End session").click();
        var resumed = platform.nextStream();
        Assertions.assertThat(resumed.token()).isEqualTo("token-1");
        resumed.session("token-2", "stream-1:8083");
        assertState("Streaming");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Lock is out of reach");
    }

    @Test
    void staysEndedWhenSomebodyElseEndedTheSession() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        stream.end("closed", 100);
        assertState("Ended");
        assertThat(page.locator("#countdown")).isHidden();
        assertThat(button("Start again")).isVisible();
    }

    @Test
    void staysEndedWhenTheUserIsNoLongerBound() throws InterruptedException {
        visit(PAGE);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        stream.end("unbound", 100);
        assertState("Ended");
        assertThat(page.locator("#text")).containsText("The user is no longer bound to this profile");
        assertThat(page.locator("#countdown")).isHidden();
        assertThat(button("Start again")).isVisible();
    }

    @Test
    void isPausedWhileNothingArrivesAndLeavesADeadConnection() throws InterruptedException {
        page.clock().install();
        visit(PAGE);
        page.clock().runFor(500);
        var stream = platform.nextStream();
        stream.session("token-1", "stream-1:8083");
        assertThat(page.locator("#word")).hasText("Streaming");
        page.clock().runFor(10_000);
        assertState("Paused");
        page.clock().runFor(40_000);
        Assertions.assertThat(platform.nextStream().token()).isEqualTo("token-1");
    }

    private void untilItsChartShowsSomething(ScriptedPlatform.OpenStream stream) {
        stream.messages(LETTERS);
        page.waitForFunction(
                "least => Number.parseInt(document.getElementById('messages').textContent) >= least",
                FOR_DOCUMENTS ? 200 : 1);
    }

    private void assertState(String word) {
        assertThat(page.locator("#word")).hasText(word);
    }

    private Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }
}

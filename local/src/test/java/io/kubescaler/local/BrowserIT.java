package io.kubescaler.local;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Playwright.CreateOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.ScreenshotAnimations;
import io.kubescaler.backing.Relay;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The pages of a whole platform, in a real browser. {@code -Dkubescaler.screenshots=../docs/images} renews the pictures
 * of README, with charts of some length.
 */
@ExtendWith(SharedLocal.class)
class BrowserIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final @Nullable String SCREENSHOTS = System.getProperty("kubescaler.screenshots");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern LOST = Pattern.compile("\"lost\":(\\d+)");

    private static RunningLocal local;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;

    @BeforeAll
    static void start(RunningLocal shared) {
        assumeTrue(
                Files.isExecutable(CHROMIUM),
                () -> "SKIPPED: the tests in a browser need " + CHROMIUM + " (apt-get install chromium)");
        local = shared;
        playwright = Playwright.create(new CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE.toMillis());
    }

    @AfterAll
    static void end() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @BeforeEach
    void open() {
        // During a transition between two colours, the contrast is that of neither.
        context = browser.newContext(new NewContextOptions()
                .setViewportSize(1200, 920)
                .setIgnoreHTTPSErrors(true)
                .setReducedMotion(ReducedMotion.REDUCE));
        context.setDefaultTimeout(PATIENCE.toMillis());
        context.onWebError(error -> complaints.add(error.error()));
        context.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                complaints.add(message.text());
            }
        });
    }

    @AfterEach
    void close() {
        context.close();
        Assertions.assertThat(complaints).isEmpty();
    }

    @Test
    void takesAPersonFromTestDataToAStreamAndBack() {
        Page home = homeWithTestData();
        String link = firstLink(home);

        Page stream = visit(link);
        assertThat(word(stream)).hasText("Streaming");
        assertThat(stream.locator("#instance")).hasText(Pattern.compile("stream-[12]"));
        assertThat(stream.locator("#speed-now")).hasText(Pattern.compile("\\d.*"));
        assertThat(stream.locator("#log tr").first()).isVisible();

        Page second = visit(link);
        assertThat(word(second)).hasText("Refused");
        assertThat(second.locator("#text"))
                .hasText(Pattern.compile(
                        "Another tab of this browser has this stream, since \\d\\d:\\d\\d:\\d\\d\\. .*"));
        assertThat(second.locator("#countdown")).hasText(Pattern.compile("Trying again in .*"));
        screenshot(second, "stream-refused");
        second.close();

        stream.reload();
        assertThat(word(stream)).hasText("Streaming");

        home.bringToFront();
        assertThat(home.locator("#live")).hasText(Pattern.compile("\\d+ streams? on this page (is|are) live\\."));
        screenshot(home, "home");
        home.emulateMedia(new EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        screenshot(home, "home-dark");
        home.emulateMedia(new EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));

        stream.bringToFront();
        untilItHasStreamed(30, stream);
        screenshot(stream, "stream");
        stream.setViewportSize(390, 844);
        stream.emulateMedia(new EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        screenshot(stream, "stream-phone");

        button(stream, "End session").click();
        assertThat(word(stream)).hasText("Ended");
        assertThat(stream.locator("#text")).hasText("The session is over. The stream is free for others.");
        screenshot(stream, "stream-ended-phone");
        button(stream, "Start again").click();
        assertThat(word(stream)).hasText("Streaming");
        stream.setViewportSize(1200, 920);
        stream.emulateMedia(new EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        endSession(stream);
        screenshot(stream, "stream-ended");

        home.bringToFront();
        button(home, "Delete…").click();
        screenshot(home, "home-drop");
        home.getByRole(AriaRole.DIALOG)
                .getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(home.locator("#testdata-status"))
                .hasText(Pattern.compile("Deleted [\\d,]+ users and [\\d,]+ profiles\\."));
        assertThat(home.locator("#users .empty")).isVisible();
        assertThat(home.locator("#live")).hasText("No stream on this page is live.");
        screenshot(home, "home-empty");
    }

    @Test
    void followsTheMakingOfTestData() {
        Page home = visit("/");
        home.getByLabel("Users to add").fill("1500");
        home.getByLabel("Profiles to add").fill("200");
        button(home, "Create").click();
        assertThat(home.locator("#testdata-progress-text")).hasText(Pattern.compile("[1-9][\\d,]* of 1,700"));
        screenshot(home, "home-creating");
        assertThat(home.locator("#testdata-status")).hasText("Created 1,500 users and 200 profiles.");
        assertThat(home.locator("#testdata-progress")).isHidden();
    }

    /** The browser's own client of events comes back after every end but a 204. */
    @Test
    void anEventSourceStaysAwayAfterItsSessionWasEnded() {
        Page home = homeWithTestData();
        String stream = firstLink(home).replace("/index/", "/stream/");
        home.evaluate("""
                path => {
                  window.source = new EventSource(path);
                  source.addEventListener("session", event => { window.token = event.lastEventId; });
                }""", stream);
        Object token = home.waitForFunction("() => window.token").jsonValue();

        Object status = home.evaluate("""
                ([path, token]) => fetch(path, { method: "DELETE", headers: { "Last-Event-ID": token } })
                  .then(answer => answer.status)""", List.of(stream, token));

        Assertions.assertThat(status).isEqualTo(204);
        home.waitForFunction("() => source.readyState === EventSource.CLOSED");
    }

    @Test
    void goesOnAtTheOtherInstanceWhenOneIsKilled() {
        Page stream = streamOfASuggestedPair();
        String first = stream.locator("#instance").innerText();
        untilItHasStreamed(15, stream);

        local.killService(portOf(first));

        assertThat(stream.locator("#instance")).not().hasText(first);
        assertThat(word(stream)).hasText("Streaming");
        assertThat(stream.locator("#instance-changes")).hasText("changed once");
        assertThat(stream.locator("#instances li")).hasCount(2);
        untilItHasStreamed(40, stream);
        screenshot(stream, "stream-recovered");
        endSession(stream);
    }

    @Test
    void goesOnByItselfWhenItsInstanceIsToldToEnd() {
        Page stream = streamOfASuggestedPair();
        String first = stream.locator("#instance").innerText();

        local.endService(portOf(first));

        assertThat(stream.locator("#instance")).not().hasText(first);
        assertThat(word(stream)).hasText("Streaming");
        endSession(stream);
    }

    @Test
    void showsASlowNetworkAndCountsWhatItLost() throws IOException {
        try (Relay network = new Relay(local.ports().gateway())) {
            Page stream = streamOfASuggestedPair(network);
            untilItHasStreamed(15, stream);
            long before = lostByThePlatform();

            network.holdUp();
            assertThat(word(stream)).hasText("Paused");
            assertThat(stream.locator("#speed-now")).hasText("0 b/s");
            screenshot(stream, "stream-paused");
            assertAccessible(stream);
            await().atMost(PATIENCE).until(() -> lostByThePlatform() >= before + 10);

            network.pass();
            assertThat(word(stream)).hasText("Streaming");
            await().atMost(PATIENCE).until(() -> lostMessages(stream) >= 10);
            untilItHasStreamed(60, stream);
            screenshot(stream, "stream-caught-up");
            assertThat(stream.locator("#instance-changes")).hasText("the same since the start");
            endSession(stream);
        }
    }

    @Test
    void takesItsSessionUpAgainWhenTheNetworkIsBack() throws IOException {
        try (Relay network = new Relay(local.ports().gateway())) {
            Page stream = streamOfASuggestedPair(network);
            untilItHasStreamed(15, stream);
            String since = stream.locator("#since").innerText();

            network.breakOff();
            assertThat(word(stream)).hasText("Connection lost");
            assertThat(stream.locator("#text")).containsText("and this tab will resume it.");
            assertThat(stream.locator("#countdown")).hasText(Pattern.compile("Trying again in ([3-9]|10) s"));
            screenshot(stream, "stream-connection-lost");

            network.holdUp();
            assertThat(stream.locator("#text")).hasText("Resuming the session.");
            assertThat(word(stream)).hasText("Connecting");
            screenshot(stream, "stream-connecting");

            network.pass();
            assertThat(word(stream)).hasText("Streaming");
            assertThat(stream.locator("#since")).hasText(since);
            endSession(stream);
        }
    }

    @Test
    void streamsAgainWhenTheLockIsInReachAgain() throws IOException, InterruptedException {
        Page stream = streamOfASuggestedPair();
        untilItHasStreamed(15, stream);
        try {
            local.suspendMostOfRedis();
            assertThat(word(stream)).hasText("Unavailable");
            assertThat(stream.locator("#text")).containsText("Lock is out of reach.");
            screenshot(stream, "stream-unavailable");
            assertAccessible(stream);
        } finally {
            local.goOn();
        }
        assertThat(word(stream)).hasText("Streaming");
        endSession(stream);
    }

    @Test
    void homeSaysWhatIsWrongAndShowsEverythingWhenItIsBack() throws IOException, InterruptedException {
        homeWithTestData().close();
        Page home;
        try {
            local.suspendService(local.ports().base());
            // For some seconds, main still has what it walked through for the page before.
            String suggested = local.gateway("/main/suggested").toString();
            await().until(() -> context.request().get(suggested).status() == 503);
            home = visit("/");
            for (String list : List.of("#suggested", "#profiles", "#users")) {
                assertThat(home.locator(list).getByText("Try again")).isVisible();
            }
            screenshot(home, "home-unavailable");
            assertAccessible(home);
        } finally {
            local.goOn();
        }
        assertThat(home.locator("#suggested a[href^='/index/']").first()).isVisible();
        assertThat(home.getByText("Try again")).hasCount(0);
    }

    @Test
    void showsManyStreamsOverOneConnection() {
        homeWithTestData();
        Page load = visit("/load");
        Locator offer = load.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("Open this page over HTTP/2"));
        assertThat(offer).hasAttribute("href", local.secureGateway("/load").toString());
        offer.click();
        assertThat(load.locator("#connection")).containsText("This page uses HTTP/2");
        load.locator("#streams").fill("12");
        button(load, "Open").click();
        assertThat(load.locator("#streaming")).hasText("12 of 12");
        assertThat(load.locator("#others")).hasText("on 2 instances");
        load.reload();
        assertThat(load.locator("#streaming")).hasText("12 of 12");
        assertThat(load.locator("#list .word").getByText("Streaming")).hasCount(12);
        assertThat(load.locator("#speed-now")).hasText(Pattern.compile("(1\\d|2\\d)\\.\\d Mb/s"));
        untilItsChartShows(30, load);
        load.setViewportSize(1200, 1040);
        screenshot(load, "load");
        assertAccessible(load);

        Page system = visit("/system");
        assertThat(system.locator("#streams")).hasText(Pattern.compile("1[2-9]"));
        assertThat(system.locator("#speed-now")).hasText(Pattern.compile("\\d.* Mb/s"));
        untilItsChartShows(30, system);
        system.setViewportSize(1200, 1040);
        screenshot(system, "system");
        system.emulateMedia(new EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        screenshot(system, "system-dark");

        load.bringToFront();
        button(load, "End all").click();
        assertThat(load.locator("#status")).hasText("Ended 12 streams, now free for others.");
    }

    @Test
    void showsAnInstanceThatIsDown() {
        Page system = visit("/system");
        assertThat(system.locator("#up")).hasText("4 of 4 up");
        assertThat(system.locator("#dependencies")).containsText("cassandra");
        untilItsChartShows(30, system);
        system.setViewportSize(1200, 1040);

        local.killService(local.ports().streams().get(1));

        Locator down = system.locator("#instances tr").getByText("Down. It cannot be reached.");
        assertThat(down).isVisible();
        assertThat(system.locator("#up")).hasText("3 of 4 up");
        screenshot(system, "system-down");
        assertThat(system.locator("#up")).hasText("4 of 4 up");
    }

    @Test
    void everyPageCanBeUsedByEverybody() {
        assertAccessible(homeWithTestData());
        Page stream = streamOfASuggestedPair();
        assertAccessible(stream);
        endSession(stream);
        Page system = visit("/system");
        assertThat(system.locator("#up")).hasText("4 of 4 up");
        assertAccessible(system);
        Page nothing = visit("/nothing/here");
        assertThat(nothing.locator("h1")).hasText("Nothing here");
        assertAccessible(nothing);
    }

    private Page visit(String path) {
        return visit(local.gateway(path));
    }

    private Page visit(URI address) {
        Page page = context.newPage();
        page.navigate(address.toString());
        return page;
    }

    private Page homeWithTestData() {
        Page home = visit("/");
        button(home, "Create").click();
        assertThat(home.locator("#testdata-status")).hasText("Created 20 users and 10 profiles.");
        return home;
    }

    private Page streamOfASuggestedPair() {
        return stream(local::gateway);
    }

    private Page streamOfASuggestedPair(Relay network) {
        return stream(network::uri);
    }

    private Page stream(Function<String, URI> address) {
        Page home = homeWithTestData();
        Page stream = visit(address.apply(firstLink(home)));
        home.close();
        assertThat(word(stream)).hasText("Streaming");
        return stream;
    }

    /** The path of the stream of a suggested pair. */
    private static String firstLink(Page home) {
        return home.locator("#suggested a[href^='/index/']").first().getAttribute("href");
    }

    private static int portOf(String instance) {
        return local.ports().streams().get(instance.equals("stream-1") ? 0 : 1);
    }

    private static void endSession(Page stream) {
        button(stream, "End session").click();
        assertThat(word(stream)).hasText("Ended");
    }

    private static void assertAccessible(Page page) {
        Assertions.assertThat(new AxeBuilder(page).analyze().getViolations())
                .as(page.url())
                .extracting(rule -> rule.getId() + ": " + rule.getNodes())
                .isEmpty();
    }

    /** The messages that the instances report as left out. */
    private long lostByThePlatform() {
        String report =
                context.request().get(local.gateway("/main/system").toString()).text();
        return LOST.matcher(report)
                .results()
                .mapToLong(lost -> Long.parseLong(lost.group(1)))
                .sum();
    }

    private static long lostMessages(Page stream) {
        return Long.parseLong(stream.locator("#lost").innerText().replace(",", ""));
    }

    /** Waits until further messages arrive. */
    private static void untilItHasStreamed(int seconds, Page stream) {
        String received = "Number.parseInt(document.getElementById('messages').textContent.replace(',', ''))";
        stream.waitForFunction("before => " + received + " >= before + 10", stream.evaluate(received));
        untilItsChartShows(seconds, stream);
    }

    /** Only pictures for the documents need a chart of some length. */
    private static void untilItsChartShows(int seconds, Page page) {
        if (SCREENSHOTS != null) {
            page.waitForFunction("least => performance.now() > least * 1_000", seconds);
        }
    }

    private static void screenshot(Page page, String name) {
        if (SCREENSHOTS != null) {
            page.screenshot(new ScreenshotOptions()
                    .setPath(Path.of(SCREENSHOTS, name + ".png"))
                    .setAnimations(ScreenshotAnimations.DISABLED));
        }
    }

    private static Locator word(Page page) {
        return page.locator("#word");
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}

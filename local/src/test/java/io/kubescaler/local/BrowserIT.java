package io.kubescaler.local;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Playwright.CreateOptions;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a person sees, in a real browser. */
@ExtendWith(SharedLocal.class)
class BrowserIT {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    private static RunningLocal local;
    private static Playwright playwright;
    private static Browser browser;

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
    }

    @AfterAll
    static void end() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @Test
    void takesAPersonFromTestDataToAStreamAndBack() {
        try (BrowserContext context = browser.newContext()) {
            List<String> complaints = new ArrayList<>();
            context.onWebError(error -> complaints.add(error.error()));

            Page home = context.newPage();
            home.navigate(local.gateway("/").toString());
            home.getByLabel("Users to add").fill("3");
            home.getByLabel("Profiles to add").fill("2");
            button(home, "Create").click();
            assertThat(home.locator("#testdata-status")).hasText("Created 3 users and 2 profiles.");
            String link = firstLink(home);

            Page stream = context.newPage();
            stream.navigate(local.gateway(link).toString());
            assertThat(word(stream)).hasText("Streaming");
            assertThat(stream.locator("#instance")).hasText(Pattern.compile("stream-[12]"));
            assertThat(stream.locator("#speed-now")).hasText(Pattern.compile("\\d.*"));
            assertThat(stream.locator("#log tr").first()).isVisible();

            Page second = context.newPage();
            second.navigate(local.gateway(link).toString());
            assertThat(word(second)).hasText("Refused");
            assertThat(second.locator("#text")).containsText("Another tab of this browser has the stream.");
            second.close();

            stream.reload();
            assertThat(word(stream)).hasText("Streaming");

            button(stream, "End session").click();
            assertThat(word(stream)).hasText("Ended");
            assertThat(stream.locator("#text")).hasText("The session is over and the lock is free.");
            button(stream, "Start again").click();
            assertThat(word(stream)).hasText("Streaming");

            button(home, "Drop…").click();
            home.getByRole(AriaRole.DIALOG)
                    .getByText("Drop", new Locator.GetByTextOptions().setExact(true))
                    .click();
            assertThat(home.locator("#testdata-status"))
                    .hasText(Pattern.compile("Dropped \\d+ users and \\d+ profiles\\."));
            Assertions.assertThat(complaints).isEmpty();
        }
    }

    @Test
    void goesOnAtTheOtherInstanceWhenOneIsKilled() {
        try (BrowserContext context = browser.newContext()) {
            Page home = context.newPage();
            home.navigate(local.gateway("/").toString());
            button(home, "Create").click();
            assertThat(home.locator("#testdata-status")).hasText(Pattern.compile("Created.*"));

            Page stream = context.newPage();
            stream.navigate(local.gateway(firstLink(home)).toString());
            assertThat(word(stream)).hasText("Streaming");
            String first = stream.locator("#instance").innerText();
            int serving = first.equals("stream-1") ? 0 : 1;

            local.killService(local.ports().streams().get(serving));

            assertThat(stream.locator("#instance")).not().hasText(first);
            assertThat(word(stream)).hasText("Streaming");
            button(stream, "End session").click();
            assertThat(word(stream)).hasText("Ended");
        }
    }

    /** The path of a suggested pair's stream. */
    private static String firstLink(Page home) {
        return home.locator("#suggested a[href^='/index/']").first().getAttribute("href");
    }

    private static Locator word(Page page) {
        return page.locator("#word");
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}

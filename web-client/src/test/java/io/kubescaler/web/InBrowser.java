package io.kubescaler.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.ScreenshotAnimations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A fresh browser profile with one tab, and a platform for it. No page may throw, lack one of its files or break its
 * security policy.
 */
@ExtendWith(Chromium.class)
abstract class InBrowser {

    /** Pictures for the documents need charts of some length; others do not. */
    static final boolean FOR_DOCUMENTS = System.getProperty("kubescaler.screenshots") != null;

    private final List<String> mistakes = new ArrayList<>();

    ScriptedPlatform platform;
    BrowserContext context;
    Page page;

    @BeforeEach
    void open(Browser browser) throws IOException {
        platform = new ScriptedPlatform();
        // During a transition between two colours, the contrast is that of neither.
        context = browser.newContext(new NewContextOptions().setReducedMotion(ReducedMotion.REDUCE));
        context.setDefaultTimeout(Chromium.PATIENCE.toMillis());
        context.onWebError(error -> mistakes.add(error.error()));
        context.onRequestFailed(request -> {
            if (request.url().contains("/assets/")) {
                mistakes.add(request.url() + ": " + request.failure());
            }
        });
        context.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                mistakes.add(message.text());
            }
        });
        page = context.newPage();
        page.onCrash(crashed -> mistakes.add("The page crashed"));
    }

    @AfterEach
    void close() {
        context.close();
        platform.close();
        assertThat(mistakes).isEmpty();
    }

    void visit(String path) {
        page.navigate(platform.uri(path).toString());
    }

    /** In light and dark mode, on a desktop and a phone: the page is accessible and not wider than the screen. */
    void assertAccessible(String state) {
        for (var scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new EmulateMediaOptions().setColorScheme(scheme));
            page.setViewportSize(1280, 900);
            assertNoViolations(state + "-" + scheme.name().toLowerCase());
            page.setViewportSize(390, 844);
            assertNoViolations(state + "-" + scheme.name().toLowerCase() + "-phone");
            assertThat(page.evaluate("document.documentElement.scrollWidth"))
                    .as("width of the page on a phone")
                    .isEqualTo(390);
        }
    }

    /** For the documents: {@code -Dkubescaler.screenshots=../docs/images} puts it in their folder. */
    void picture(String name) {
        if (FOR_DOCUMENTS) {
            page.setViewportSize(1200, 920);
            page.screenshot(new ScreenshotOptions()
                    .setPath(Path.of(System.getProperty("kubescaler.screenshots"), name + ".png"))
                    .setAnimations(ScreenshotAnimations.DISABLED));
        }
    }

    private void assertNoViolations(String name) {
        assertThat(new AxeBuilder(page).analyze().getViolations())
                .as(name)
                .extracting(rule -> rule.getId() + ": " + rule.getNodes())
                .isEmpty();
    }
}

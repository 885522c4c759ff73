package io.kubescaler.web;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Runs the tests of the pure modules in a browser; they are in {@code src/test/resources/test}. */
@ExtendWith(Chromium.class)
class ModulesIT {

    private static ScriptedPlatform platform;
    private static Page page;

    @BeforeAll
    static void open(Browser browser) throws IOException {
        platform = new ScriptedPlatform();
        page = browser.newPage();
        page.navigate(platform.uri("/test/blank.html").toString());
    }

    @AfterAll
    static void close() {
        page.close();
        platform.close();
    }

    @TestFactory
    Stream<DynamicContainer> module() {
        return Stream.of("sse", "rates", "format", "words")
                .map(module -> DynamicContainer.dynamicContainer(module, cases("/test/" + module + ".test.js")));
    }

    private static Stream<DynamicTest> cases(String file) {
        var names = (List<?>) page.evaluate("async file => Object.keys((await import(file)).default)", file);
        return names.stream()
                .map(name -> DynamicTest.dynamicTest(
                        name.toString(),
                        () -> page.evaluate(
                                "async ([file, name]) => { await (await import(file)).default[name](); }",
                                List.of(file, name))));
    }
}

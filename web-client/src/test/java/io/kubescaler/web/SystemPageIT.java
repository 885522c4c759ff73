package io.kubescaler.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SystemPageIT extends InBrowser {

    private static final String BASE = """
            {"service":"base","name":"base","problem":null,\
            "at":"2026-11-21T10:00:%02dZ","startedAt":"2026-11-21T09:00:00Z",\
            "streaming":null,"dependencies":[{"name":"cassandra","calls":200,"seconds":0.5,"longest":0.0173}]}""";
    private static final String STREAM = """
            {"service":"stream","name":"stream-1","problem":null,\
            "at":"2026-11-21T10:00:%02dZ","startedAt":"2026-11-21T09:59:10Z",\
            "streaming":{"streams":3,"bytes":%d,"messages":98,"lost":2,"refused":{"409":1204,"503":1}},\
            "dependencies":[{"name":"redis a:6379","calls":0,"seconds":0,"longest":0}]}""";
    private static final String DOWN = """
            {"service":"stream","name":"stream-2","problem":"It cannot be reached.","at":null,"startedAt":null,\
            "streaming":null,"dependencies":[]}""";

    @Test
    void showsEveryInstanceAndWhatTheyAddUpTo() {
        report(0, 30_000_000, DOWN);
        visit("/system");
        assertThat(page.locator("#reported"))
                .hasText(Pattern.compile("Reported by the instances at .*\\d\\d:\\d\\d:00"));
        assertThat(page.locator("#up")).hasText("2 of 3 up");
        assertThat(page.locator("#services")).hasText("1 of 1 base, 1 of 2 stream");
        assertThat(page.locator("#streams")).hasText("3");
        assertThat(page.locator("#speed-now")).hasText("measuring");
        assertThat(page.locator("#speed-average")).hasText("4.80 Mb/s");
        assertThat(page.locator("#refused")).hasText("1,205");
        assertThat(page.locator("#refused-by"))
                .hasText("1,204 × launched elsewhere, 1 × full, draining or a dependency down");
        assertThat(page.locator("#lost-share")).hasText("2.00 % of all messages");
        assertThat(page.locator("#instances tr").nth(1)).containsText("Up for 50 s");
        assertThat(page.locator("#instances tr").nth(2)).containsText("Down. It cannot be reached.");
        var cassandra = page.locator("#dependencies tr").first();
        assertThat(cassandra).containsText("2.50 ms");
        assertThat(cassandra).containsText("17.3 ms");
        report(4, 33_000_000, DOWN);
        assertThat(page.locator("#speed-now")).hasText("6.00 Mb/s");
        assertAccessible("system");
    }

    @Test
    void showsThatTheMetricsAreOutOfReachAndGoesOnByItself() {
        platform.failOn(
                "GET /main/system",
                503,
                "{\"title\":\"Service Unavailable\",\"detail\":\"Prometheus does not answer.\"}",
                1);
        visit("/system");
        assertThat(page.locator("#reported")).hasText("Not available now");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("Prometheus does not answer.");
        assertAccessible("system-unavailable");
        report(0, 0, BASE.formatted(0));
        assertThat(page.getByRole(AriaRole.ALERT)).isHidden();
        assertThat(page.locator("#up")).hasText("3 of 3 up");
    }

    @Test
    void showsWhatToSetWhenThereAreNoInstances() {
        platform.on("GET /main/system", "{\"source\":\"instances\",\"instances\":[]}");
        visit("/system");
        assertThat(page.locator("#no-instances")).containsText("There are no instances to show.");
        assertThat(page.locator("#no-instances")).containsText("kubescaler.system.prometheus");
        assertThat(page.locator("#reported")).hasText("No instances");
        assertThat(page.locator("#speed-now")).hasText("–");
        assertAccessible("system-empty");
    }

    @Test
    void namesNoTimeWhenNoInstanceIsUp() {
        platform.on("GET /main/system", "{\"source\":\"instances\",\"instances\":[%s]}".formatted(DOWN));
        visit("/system");
        assertThat(page.locator("#reported")).hasText("No instance is up");
        assertThat(page.locator("#up")).hasText("0 of 1 up");
    }

    private void report(int second, long bytes, String third) {
        platform.on(
                "GET /main/system",
                "{\"source\":\"instances\",\"instances\":[%s,%s,%s]}"
                        .formatted(BASE.formatted(second), STREAM.formatted(second, bytes), third));
    }
}

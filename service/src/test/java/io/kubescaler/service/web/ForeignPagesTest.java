package io.kubescaler.service.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

class ForeignPagesTest {

    private static final int ACCEPTED = 0;

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    # method, type,             Sec-Fetch-Site, Origin,                Host,           status
                    GET,      -,                cross-site,     http://evil.test,      localhost:8080, 0
                    HEAD,     -,                -,              -,                     localhost:8080, 0
                    POST,     application/json, -,              -,                     localhost:8080, 0
                    POST,     application/json; charset=utf-8, -, -,                   localhost,      0
                    POST,     application/json, same-origin,    http://localhost:8080, localhost:8080, 0
                    POST,     -,                same-origin,    http://localhost:8080, localhost:8080, 0
                    POST,     -,                -,              http://LOCALHOST:8080, localhost:8080, 0
                    POST,     -,                -,              http://localhost:8081, localhost:8080, 403
                    POST,     application/json, -,              http://evil.test,      localhost:8080, 403
                    POST,     application/json, -,              null,                  localhost:8080, 403
                    POST,     application/json, -,              http://e vil,          localhost:8080, 403
                    POST,     application/json, same-site,      http://localhost:9000, localhost:8080, 403
                    POST,     application/json, cross-site,     http://localhost:8080, localhost:8080, 403
                    DELETE,   -,                cross-site,     -,                     localhost:8080, 403
                    DELETE,   -,                -,              -,                     localhost:8080, 0
                    POST,     -,                -,              -,                     localhost:8080, 0
                    POST,     -,                same-origin|cross-site, -,             localhost:8080, 403
                    POST,     -,                cross-site|same-origin, -,             localhost:8080, 403
                    POST,     -,                -, http://localhost:8080|http://evil.test, localhost:8080, 403
                    """)
    void rejectsWhatAPageOfAnotherSiteMayHaveSent(
            String method,
            @Nullable String type,
            @Nullable String site,
            @Nullable String origin,
            String host,
            int status) {
        HttpHeaders headers = new HttpHeaders();
        headers.set("Host", host);
        add(headers, "Content-Type", type);
        add(headers, "Sec-Fetch-Site", site);
        add(headers, "Origin", origin);

        assertThat(status(new ForeignPages(new WebSettings(List.of(), Duration.ZERO)), method, headers))
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    localhost:8080,      0
                    LocalHost,           0
                    127.0.0.1:1,         0
                    [::1]:8080,          0
                    [::1],               0
                    -,                   0
                    evil.test,           421
                    evil.test:8080,      421
                    localhost.evil.test, 421
                    [::2]:8080,          421
                    '',                  421
                    """)
    void knowsTheNamesOfThePlatform(@Nullable String host, int status) {
        HttpHeaders headers = new HttpHeaders();
        add(headers, "Host", host);
        ForeignPages foreign =
                new ForeignPages(new WebSettings(List.of("localhost", "127.0.0.1", "[::1]"), Duration.ZERO));

        assertThat(status(foreign, "GET", headers)).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    GET,  cross-site,  403
                    GET,  same-site,   403
                    GET,  same-origin, 0
                    GET,  none,        0
                    GET,  -,           0
                    HEAD, cross-site,  0
                    """)
    void rejectsAGetThatChangesSomething(String method, @Nullable String site, int status) {
        HttpHeaders headers = new HttpHeaders();
        add(headers, "Sec-Fetch-Site", site);
        WebSettings settings = new WebSettings(List.of(), Duration.ZERO);

        assertThat(status(new ForeignPages(settings, Set.of(HttpMethod.HEAD)), method, headers))
                .isEqualTo(status);
    }

    private static void add(HttpHeaders headers, String name, @Nullable String value) {
        if (value != null) {
            for (String line : value.split("\\|")) {
                headers.add(name, line);
            }
        }
    }

    private static int status(ForeignPages foreign, String method, HttpHeaders headers) {
        Refusal refusal = foreign.rejects(HttpMethod.valueOf(method), headers);
        return refusal == null ? ACCEPTED : refusal.getStatusCode().value();
    }
}

package io.kubescaler.service.web;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * Keeps pages of other sites from using the browser of a person who can reach the platform. Filters of both web stacks
 * apply it to the public port, and to what changes something at the management port.
 */
public final class ForeignPages {

    /** The headers of every answer; a handler may replace them. */
    public static final Map<String, String> HEADERS = Map.of(
            HttpHeaders.CACHE_CONTROL,
            "no-store",
            "Content-Security-Policy",
            "default-src 'none'; frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Referrer-Policy",
            "no-referrer",
            "X-Content-Type-Options",
            "nosniff");

    /** Methods that change nothing, unless a service says otherwise. */
    public static final Set<HttpMethod> READS =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);

    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final Set<String> hosts;
    private final Set<HttpMethod> reads;

    public ForeignPages(WebSettings settings) {
        this(settings, READS);
    }

    /** @param reads the methods that change nothing */
    public ForeignPages(WebSettings settings, Set<HttpMethod> reads) {
        this.reads = reads;
        hosts = settings.hosts().stream().map(ForeignPages::normalized).collect(Collectors.toUnmodifiableSet());
    }

    /** Returns why the request is rejected: 421 or 403; null if it is not. */
    public @Nullable Refusal rejects(HttpMethod method, HttpHeaders headers) {
        return rejects(method, headers.getFirst(HttpHeaders.HOST), headers);
    }

    /** @param host that the request is meant for, whatever its header is */
    public @Nullable Refusal rejects(HttpMethod method, @Nullable String host, HttpHeaders headers) {
        // A name that an attacker points at this address makes the attacker's page the same site as the service.
        if (!hosts.isEmpty() && host != null && !hosts.contains(normalized(withoutPort(host)))) {
            return Refusal.misdirected();
        }
        if (reads.contains(method)) {
            return null;
        }
        // A browser sends one line of each. If there are more, none may be of another site.
        List<String> sites = headers.getOrEmpty("Sec-Fetch-Site");
        if (!sites.isEmpty()) {
            return OWN_SITES.containsAll(sites) ? null : Refusal.foreignPage();
        }
        // Of a browser that does not send that yet. Programs send neither.
        List<String> origins = headers.getOrEmpty(HttpHeaders.ORIGIN);
        return origins.stream().allMatch(origin -> isSame(origin, host)) ? null : Refusal.foreignPage();
    }

    private static boolean isSame(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String withoutPort(String host) {
        return host.replaceFirst(":\\d*$", "");
    }

    private static String normalized(String host) {
        return host.strip().toLowerCase(Locale.ROOT);
    }
}

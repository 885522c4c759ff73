package io.kubescaler.webflux;

import io.kubescaler.service.web.Refusal;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** The host that a request is meant for, as in RFC 9112. Tomcat checks by itself what {@link #rejects()} does. */
final class RequestHost {

    private static final Pattern ABSOLUTE = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)");

    private final HttpVersion version;
    private final List<String> given;
    private final @Nullable String inUrl;

    /** @param url as it was sent */
    RequestHost(HttpVersion version, String url, HttpHeaders headers) {
        this.version = version;
        given = headers.getOrEmpty(HttpHeaders.HOST);
        Matcher absolute = ABSOLUTE.matcher(url);
        inUrl = absolute.find() ? absolute.group(1) : null;
    }

    /** That of the URL before that of the header; null if there is none. */
    @Nullable
    String name() {
        return inUrl != null || given.isEmpty() ? inUrl : given.get(0);
    }

    /** Returns why the request is rejected: 400; null if it is not. */
    @Nullable
    Refusal rejects() {
        if (given.isEmpty()) {
            return version.equals(HttpVersion.HTTP_1_0) ? null : Refusal.malformed("Host", "missing");
        }
        if (given.size() > 1) {
            return Refusal.malformed("Host", "more than one");
        }
        return inUrl == null || inUrl.equalsIgnoreCase(given.get(0))
                ? null
                : Refusal.malformed("Host", "must be that of the URL");
    }
}

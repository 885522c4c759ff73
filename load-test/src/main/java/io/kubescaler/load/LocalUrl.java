package io.kubescaler.load;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.regex.Pattern;

/** An address in 127.0.0.0/8. Nothing else is loaded. The check looks up no name. */
record LocalUrl(URI uri) {

    private static final int HTTP_PORT = 80;
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    /** @throws IllegalArgumentException if it is no HTTP address, or not in 127.0.0.0/8 */
    LocalUrl {
        String host = uri.getHost();
        if (!"http".equals(uri.getScheme()) || host == null) {
            throw new IllegalArgumentException(
                    uri + " is no address of an HTTP server. Example: http://127.0.0.1:8083");
        }
        if (!LOOPBACK.matcher(host).matches()) {
            throw new IllegalArgumentException(
                    host + " is not in 127.0.0.0/8. Only servers on this machine are loaded.");
        }
    }

    static LocalUrl of(String text) {
        return new LocalUrl(URI.create(text));
    }

    static LocalUrl ofPort(int port) {
        return of("http://127.0.0.1:" + port);
    }

    LocalUrl resolve(String path) {
        return new LocalUrl(uri.resolve(path));
    }

    int port() {
        return uri.getPort() < 0 ? HTTP_PORT : uri.getPort();
    }

    /** The address to connect to. {@code localhost} is IPv4 here: no server here listens on the IPv6 loopback. */
    InetSocketAddress address() {
        return new InetSocketAddress("localhost".equals(uri.getHost()) ? "127.0.0.1" : uri.getHost(), port());
    }
}

package io.kubescaler.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.kubescaler.backing.Issuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishedKeysTest {

    private final AtomicInteger readings = new AtomicInteger();
    private HttpServer server;
    private volatile List<Issuer> published = List.of();
    private volatile int status = 200;
    private volatile boolean hanging;

    @BeforeEach
    void publish() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/keys", exchange -> {
            readings.incrementAndGet();
            if (hanging) {
                return; // Nothing more comes, until the server stops.
            }
            byte[] body = published.stream()
                    .map(Issuer::jwk)
                    .collect(Collectors.joining(",", "{\"keys\":[", "]}"))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void acceptsTheKeysThatArePublishedAndReadsThemOnce() {
        Issuer rsa = Issuer.rs256("rsa");
        Issuer ed = Issuer.edDsa();
        published = List.of(rsa, ed);
        AccessTokens tokens = tokens();

        for (Issuer issuer : List.of(rsa, ed, rsa, ed)) {
            assertThat(tokens.caller(issuer.token("a", "stream")).user()).isEqualTo("a");
        }
        assertThat(readings).hasValue(1);
    }

    @Test
    void readsThemBeforeTheFirstCallIfItCan() {
        PublishedKeys keys = new PublishedKeys(address());
        status = 500;
        keys.read();
        status = 200;
        published = List.of(Issuer.edDsa());
        keys.read();

        tokens(keys).caller(published.get(0).token("a", "stream"));

        assertThat(readings).hasValue(2);
    }

    @Test
    void readsThemAgainWhenATokenNamesANewKey() {
        published = List.of(Issuer.rs256("old"));
        AccessTokens tokens = tokens();
        tokens.caller(published.get(0).token("a", "stream"));
        Issuer next = Issuer.rs256("next");
        published = List.of(next);

        assertThat(tokens.caller(next.token("a", "stream")).user()).isEqualTo("a");
    }

    @Test
    void doesNotAnswerEveryInventedKeyWithAReading() {
        published = List.of(Issuer.rs256("good"));
        // Making keys takes seconds, after which another reading is right.
        List<String> invented = Stream.iterate(0, i -> i < 10, i -> i + 1)
                .map(i -> Issuer.rs256("invented-" + i).token("a", "admin"))
                .toList();
        AccessTokens tokens = tokens();
        for (String token : invented) {
            assertThat(AccessTokensTest.refusal(tokens, token).getStatusCode().value())
                    .isEqualTo(401);
        }

        assertThat(readings).hasValueLessThanOrEqualTo(3);
        tokens.caller(published.get(0).token("a", "stream"));
    }

    @Test
    @Timeout(120)
    void letsNoCallWithAKnownKeyWaitForAnIssuerThatHangs() {
        Issuer known = Issuer.edDsa();
        published = List.of(known);
        String first = known.token("a", "stream");
        String later = known.token("b", "stream");
        String unknown = Issuer.es256().token("c", "stream");
        AccessTokens tokens = tokens(new PublishedKeys(address(), Duration.ZERO, Duration.ofMinutes(10)));
        tokens.caller(first);

        hanging = true;
        // All keys are old at once: this makes it read them again.
        assertThat(tokens.caller(later).user()).isEqualTo("b");
        await().atMost(Duration.ofMinutes(1)).until(() -> readings.get() > 1);

        assertThat(tokens.verified(first).user()).isEqualTo("a");
        assertThat(AccessTokensTest.refusal(tokens, unknown).getStatusCode().value())
                .isEqualTo(503);
    }

    @Test
    @Timeout(120)
    void letsOneCallWaitForTheFirstKeys() {
        hanging = true;
        String token = Issuer.edDsa().token("a", "stream");
        AccessTokens tokens = tokens(new PublishedKeys(address(), Duration.ofMinutes(4), Duration.ofMinutes(10)));
        Thread waiting = new Thread(() -> AccessTokensTest.refusal(tokens, token));
        waiting.setDaemon(true);
        waiting.start();
        await().atMost(Duration.ofMinutes(1)).until(() -> readings.get() == 1);

        assertThat(AccessTokensTest.refusal(tokens, token).getStatusCode().value())
                .isEqualTo(503);
        assertThat(waiting.isAlive()).isTrue();
    }

    /** Whoever comes with the key of a rotation during an outage has done nothing wrong. */
    @Test
    void rejectsNobodyAsUnidentifiedWhileItCannotReadNewKeys() {
        Issuer known = Issuer.rs256("known");
        published = List.of(known);
        String unknown = Issuer.rs256("next").token("a", "stream");
        AccessTokens tokens = tokens();
        tokens.caller(known.token("a", "stream"));

        status = 500;
        for (int i = 0; i < 5; i++) {
            assertThat(AccessTokensTest.refusal(tokens, unknown).getStatusCode().value())
                    .isEqualTo(503);
        }
        assertThat(tokens.verified(known.token("a", "stream")).user()).isEqualTo("a");
    }

    @Test
    void acceptsNoWeakKey() {
        published = List.of(Issuer.weakRs256());

        assertThat(AccessTokensTest.refusal(tokens(), published.get(0).token("a", "stream"))
                        .getStatusCode()
                        .value())
                .isEqualTo(401);
    }

    @Test
    void rejectsNobodyAsUnidentifiedWhileItHasNoKeys() {
        status = 500;
        AccessTokens tokens = tokens();

        // The later ones do not even ask.
        for (int i = 0; i < 5; i++) {
            assertThat(AccessTokensTest.refusal(tokens, Issuer.rs256("any").token("a", "stream"))
                            .getStatusCode()
                            .value())
                    .isEqualTo(503);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/keys", "keys", "ldap://host/keys", "http:/keys"})
    void acceptsNoOtherAddress(String address) {
        assertThatThrownBy(() -> new PublishedKeys(URI.create(address)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("It must be an address of http or https.");
    }

    private AccessTokens tokens() {
        return tokens(new PublishedKeys(address()));
    }

    private static AccessTokens tokens(PublishedKeys keys) {
        return new AccessTokens(keys, AccessTokensTest.settings(), InstantSource.system());
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
    }
}

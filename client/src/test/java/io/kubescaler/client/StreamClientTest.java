package io.kubescaler.client;

import static io.kubescaler.client.ScriptedServer.EPOCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamClientTest {

    private static final Duration ENOUGH = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration SILENCE = Limits.DEFAULT.silence();
    private static final String SINCE = "2026-11-21T05:56:17.298Z";
    private static final String LATER = "2026-11-21T06:00:00Z";
    private static final int MANY = 2_000;

    private final ScriptedServer server = new ScriptedServer();
    private final FakeTime time = new FakeTime();
    private final Reports reports = new Reports();
    private final List<AutoCloseable> opened = new ArrayList<>(List.of(server));

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    record Refused(int status, @Nullable Duration retryIn) {}

    record Ended(EndReason reason, @Nullable Duration retryIn) {}

    record Disconnected(String cause, Duration retryIn) {}

    private static final class Reports implements Listener {

        private final BlockingQueue<Object> all = new LinkedBlockingQueue<>();

        @Override
        public void session(Session session) {
            all.add(session);
        }

        @Override
        public void message(Message message) {
            all.add(message);
        }

        @Override
        public void refused(RefusedException refusal, @Nullable Duration retryIn) {
            all.add(new Refused(refusal.status(), retryIn));
        }

        @Override
        public void ended(EndReason reason, @Nullable Duration retryIn) {
            all.add(new Ended(reason, retryIn));
        }

        @Override
        public void disconnected(StreamException cause, Duration retryIn) {
            all.add(new Disconnected(cause.getMessage(), retryIn));
        }

        <T> T next(Class<T> type) {
            try {
                Object report = all.poll(ENOUGH.toSeconds(), TimeUnit.SECONDS);
                assertThat(report).isInstanceOf(type);
                return type.cast(report);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        List<Message> messages(int number) {
            List<Message> messages = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                messages.add(next(Message.class));
            }
            return messages;
        }
    }

    @Test
    void reportsItsSessionAndItsMessages() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(169, "stream-1")
                .awaitLeft());
        StreamClient client = start(StreamClient.of(server.uri()));
        assertThat(reports.next(Session.class))
                .isEqualTo(
                        new Session("token-1", "stream-1", Instant.parse(SINCE), Duration.ofSeconds(60), EPOCH, false))
                .asString()
                .doesNotContain("token-1");
        assertThat(reports.next(Message.class))
                .isEqualTo(new Message(
                        169, "stream-1", Instant.parse("2026-11-21T05:56:17.397598845Z"), "text 169", EPOCH, 0));
        assertThat(client.token()).contains("token-1");
        assertThat(client.session()).map(Session::instance).contains("stream-1");
    }

    @Test
    void dropsWhatIsOutOfDate() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE, 7)
                .message(1, "stream-1", 6)
                .message(2, "stream-1", 7)
                .end("drain", 1));
        server.then(answer -> answer.stream()
                .session("token-2", "stream-1", SINCE, 6)
                .message(3, "stream-1", 7)
                .awaitLeft());
        StreamClient client = start(StreamClient.of(server.uri()));
        assertThat(reports.next(Session.class).epoch()).isEqualTo(7);
        assertThat(reports.next(Message.class).sequence()).isEqualTo(2);
        reports.next(Ended.class);
        retry().ring();
        assertThat(reports.next(Disconnected.class).cause()).endsWith("began a session that is out of date.");
        assertThat(client.token()).contains("token-1");
        assertThat(reports.all).isEmpty();
    }

    @Test
    void asksForThePairAtEachBase() {
        UUID user = UUID.randomUUID();
        UUID profile = UUID.randomUUID();
        server.then(answer -> answer.problem(500, "{}"));
        server.then(answer -> answer.problem(500, "{}"));
        start(StreamClient.of(user, profile, server.uri(), URI.create(server.uri() + "/prefix/")));
        assertThat(server.request().path()).isEqualTo("/stream/" + user + "/" + profile);
        retry().ring();
        assertThat(server.request().path()).isEqualTo("/prefix/stream/" + user + "/" + profile);
    }

    @Test
    void needsAnAddress() {
        assertThatIllegalArgumentException().isThrownBy(() -> StreamClient.of());
        assertThatIllegalArgumentException().isThrownBy(() -> StreamClient.of(URI.create("ftp://localhost/")));
    }

    @Test
    void takesNoTokenThatCannotBeSent() {
        StreamClientBuilder builder = StreamClient.of(server.uri());
        assertThatIllegalArgumentException().isThrownBy(() -> builder.token("a\r\nb"));
    }

    @Test
    void resumesWithItsTokenAfterAReset() {
        CountDownLatch cut = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().session("token-1", "stream-1", SINCE).message(1, "stream-1");
            awaitLatch(cut);
            answer.send("data: half");
            answer.reset();
        });
        server.then(
                answer -> answer.stream().session("token-2", "stream-2", SINCE).awaitLeft());
        StreamClient client = start(StreamClient.of(server.uri()));
        assertThat(server.request().token()).isNull();
        reports.next(Session.class);
        reports.next(Message.class);
        cut.countDown();
        Disconnected disconnected = reports.next(Disconnected.class);
        assertThat(disconnected.cause()).contains("broke off");
        assertThat(disconnected.retryIn()).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
        assertThat(client.session()).isEmpty();
        assertThat(client.token()).contains("token-1");
        FakeTime.Alarm retry = retry();
        assertThat(retry.delay()).isEqualTo(disconnected.retryIn());
        retry.ring();
        assertThat(server.request().token()).isEqualTo("token-1");
        assertThat(reports.next(Session.class).resumed()).isTrue();
        assertThat(client.token()).contains("token-2");
    }

    @Test
    void aSessionOfAnotherTimeIsNotResumed() {
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).finish());
        server.then(
                answer -> answer.stream().session("token-2", "stream-1", LATER).awaitLeft());
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        assertThat(reports.next(Disconnected.class).cause()).endsWith("ended without a reason.");
        retry().ring();
        assertThat(reports.next(Session.class).resumed()).isFalse();
    }

    @Test
    void resumesASessionFromOutside() {
        server.then(
                answer -> answer.stream().session("token-2", "stream-1", SINCE).awaitLeft());
        start(StreamClient.of(server.uri()).token("token-1"));
        assertThat(server.request().token()).isEqualTo("token-1");
        assertThat(reports.next(Session.class).resumed()).isTrue();
    }

    @Test
    void drainedItComesBackWithItsTokenWhenItIsTold() {
        endAndComeBack("drain", 623);
        assertThat(reports.next(Ended.class)).isEqualTo(new Ended(EndReason.DRAIN, Duration.ofMillis(623)));
        FakeTime.Alarm retry = retry();
        assertThat(retry.delay()).isEqualTo(Duration.ofMillis(623));
        retry.ring();
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @Test
    void lostItComesBackWithoutAToken() {
        endAndComeBack("lost", 623);
        assertThat(reports.next(Ended.class)).isEqualTo(new Ended(EndReason.LOST, Duration.ofMillis(623)));
        retry().ring();
        assertThat(server.request().token()).isNull();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(ints = {0, 1})
    void theBackoffIsTheLeastAfterAnEnd(@Nullable Integer retryMillis) {
        endAndComeBack("drain", retryMillis);
        assertThat(reports.next(Ended.class).retryIn()).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
    }

    @Test
    void resumesItsSessionAfterItsAccessTokenHasExpired() {
        endAndComeBack("expired", 623);
        assertThat(reports.next(Ended.class)).isEqualTo(new Ended(EndReason.EXPIRED, Duration.ofMillis(623)));
        retry().ring();
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @Test
    void getsAnAccessTokenForEachRequest() {
        AtomicInteger asked = new AtomicInteger();
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).end("expired", 623));
        server.then(
                answer -> answer.stream().session("token-2", "stream-1", SINCE).awaitLeft());
        server.then(answer -> answer.status(204));
        StreamClient client =
                start(StreamClient.of(server.uri()).accessToken(() -> "access-" + asked.incrementAndGet()));
        reports.next(Session.class);
        reports.next(Ended.class);
        retry().ring();
        reports.next(Session.class);

        assertThat(client.end()).isTrue();

        for (int i = 1; i <= 3; i++) {
            assertThat(server.request().headers()).containsEntry("authorization", "Bearer access-" + i);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "two\nlines"})
    void triesAgainIfThereIsNoAccessTokenNow(@Nullable String broken) {
        AtomicInteger asked = new AtomicInteger();
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).awaitLeft());
        start(StreamClient.of(server.uri()).accessToken(() -> {
            if (asked.incrementAndGet() > 1) {
                return "access";
            }
            if (broken == null) {
                throw new IllegalStateException("deliberate");
            }
            return broken;
        }));

        assertThat(reports.next(Disconnected.class).cause()).startsWith("There is no access token: ");
        retry().ring();

        reports.next(Session.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"CLOSED", "UNBOUND"})
    void closedOrUnboundItStops(EndReason reason) {
        endAndComeBack(reason.name().toLowerCase(Locale.ROOT), 5);
        assertThat(reports.next(Ended.class)).isEqualTo(new Ended(reason, null));
        await().until(time::pending, pending -> pending == 0);
        assertThat(server.requestsLeft()).isZero();
    }

    /** The server sends a message after the end, which is wrong; the client must not report it. */
    private void endAndComeBack(String reason, @Nullable Integer retryMillis) {
        server.then(answer -> {
            answer.stream().session("token-1", "stream-1", SINCE).end(reason, retryMillis);
            answer.message(1, "stream-1").awaitLeft();
        });
        server.then(answer -> answer.stream().awaitLeft());
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        server.request();
    }

    @Test
    void aRetryOfTheStreamIsTheLeastAfterALostConnection() {
        server.then(answer -> answer.stream()
                .send("retry: 7000\ndata: x\n\n")
                .session("token-1", "stream-1", SINCE)
                .finish());
        start(StreamClient.of(server.uri()));
        // An event without a name is a message, and this one breaks the protocol.
        assertThat(reports.next(Disconnected.class))
                .returns(Duration.ofSeconds(7), Disconnected::retryIn)
                .extracting(Disconnected::cause)
                .asString()
                .contains("sent an event \"message\" that is not understood");
    }

    @Test
    void aRetryWithoutAnEventCountsToo() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .send("retry: 7000\n\n")
                .finish());
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        assertThat(reports.next(Disconnected.class).retryIn()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void comesBackWhenARefusalSaysSoAndKeepsItsToken() {
        server.then(answer -> answer.problem(409, "{\"retryAfter\":1}", "Retry-After: 57"));
        server.then(answer -> answer.problem(503, "{\"retryAfter\":2}"));
        server.then(
                answer -> answer.stream().session("token-2", "stream-1", SINCE).awaitLeft());
        start(StreamClient.of(server.uri()).token("token-1"));
        assertThat(reports.next(Refused.class)).isEqualTo(new Refused(409, Duration.ofSeconds(57)));
        FakeTime.Alarm first = retry();
        assertThat(first.delay()).isEqualTo(Duration.ofSeconds(57));
        first.ring();
        assertThat(reports.next(Refused.class)).isEqualTo(new Refused(503, Duration.ofSeconds(2)));
        retry().ring();
        reports.next(Session.class);
        assertThat(server.request().token()).isEqualTo("token-1");
        assertThat(server.request().token()).isEqualTo("token-1");
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503})
    void goesOnAfterARefusalThatMayPass(int status) {
        server.then(answer -> answer.problem(status, "{}", "Retry-After: 0"));
        start(StreamClient.of(server.uri()));
        assertThat(reports.next(Refused.class).retryIn()).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 204, 302, 400, 403, 404, 405, 406})
    void stopsAfterARefusalThatWillNotPass(int status) {
        server.then(answer -> answer.problem(status, status == 204 ? "" : "{}", "Retry-After: 1"));
        start(StreamClient.of(server.uri()));
        assertThat(reports.next(Refused.class)).isEqualTo(new Refused(status, null));
        assertThat(time.pending()).isZero();
    }

    @Test
    void stopsIfItsSessionWasEndedWhileItWasAway() {
        server.then(answer ->
                        answer.stream().session("token-1", "stream-1", SINCE).finish())
                .then(answer -> answer.problem(204, ""));
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        Duration retryIn = reports.next(Disconnected.class).retryIn();
        time.take(retryIn::equals).ring();
        assertThat(reports.next(Ended.class)).isEqualTo(new Ended(EndReason.CLOSED, null));
        assertThat(time.pending()).isZero();
    }

    @Test
    void stopsWhenThePairIsTakenIfToldTo() {
        server.then(answer -> answer.problem(409, "{\"title\":\"Launched elsewhere\"}", "Retry-After: 57"));
        StreamClient client = open(StreamClient.of(server.uri()).stopOnConflict());
        assertThatThrownBy(() -> client.next(ENOUGH))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refusal -> assertThat(refusal.status()).isEqualTo(409));
        assertThat(time.pending()).isZero();
    }

    @Test
    void theBackoffGrowsUntilThereIsASession() {
        for (int i = 0; i < 4; i++) {
            server.then(answer -> answer.problem(503, "{}"));
        }
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).finish());
        start(StreamClient.of(server.uri()).backoff(Duration.ofSeconds(1), Duration.ofSeconds(4)));
        for (int most : new int[] {1, 2, 4, 4}) {
            assertThat(reports.next(Refused.class).retryIn())
                    .isBetween(Duration.ofMillis(500L * most), Duration.ofSeconds(most));
            retry().ring();
        }
        reports.next(Session.class);
        assertThat(reports.next(Disconnected.class).retryIn()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    }

    @Test
    void theBackoffIsRandom() {
        List<Duration> waits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            server.then(answer -> answer.problem(503, "{}"));
            start(StreamClient.of(server.uri()));
            waits.add(reports.next(Refused.class).retryIn());
        }
        assertThat(waits).doesNotHaveDuplicates();
    }

    @Test
    void asksTheNextAddressWhenOneCannotBeReached() {
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).awaitLeft());
        start(StreamClient.of(ScriptedServer.NOBODY, server.uri()));
        assertThat(reports.next(Disconnected.class).cause()).startsWith(ScriptedServer.NOBODY + " cannot be reached");
        retry().ring();
        reports.next(Session.class);
    }

    @Test
    void aServerThatDoesNotAnswerCountsAsNotReached() {
        server.then(ScriptedServer.Answer::awaitLeft);
        start(StreamClient.of(server.uri()).limits(Limits.DEFAULT.withAnswer(SHORT)));
        assertThat(reports.next(Disconnected.class).cause()).endsWith("did not answer within PT0.05S.");
    }

    @Test
    void waitsForLongerThanNanosecondsCanCount() {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(1, "stream-1")
                .awaitLeft());
        StreamClient client = StreamClient.of(server.uri())
                .limits(Limits.DEFAULT.withAnswer(forever).withSilence(forever))
                .open();
        opened.add(client);
        assertThat(client.next(forever)).map(Message::sequence).contains(1L);
    }

    @Test
    void aSilentConnectionIsALostOne() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().awaitLeft();
            left.countDown();
        });
        start(StreamClient.of(server.uri()));
        FakeTime.Alarm watch = time.take(SILENCE::equals);
        time.pass(SILENCE.minusSeconds(1));
        watch.ring();
        FakeTime.Alarm rest = time.take(Duration.ofSeconds(1)::equals);
        assertThat(reports.all).isEmpty();
        time.pass(Duration.ofSeconds(1));
        rest.ring();
        assertThat(reports.next(Disconnected.class).cause()).endsWith("has sent nothing for PT45S.");
        awaitLatch(left);
    }

    @Test
    void aCommentEndsTheSilence() {
        CountDownLatch silent = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().session("token-1", "stream-1", SINCE);
            awaitLatch(silent);
            answer.send(":\n\n");
            answer.message(1, "stream-1").awaitLeft();
        });
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        time.pass(SILENCE);
        silent.countDown();
        reports.next(Message.class);
        time.take(SILENCE::equals).ring();
        time.take(SILENCE::equals);
        assertThat(reports.all).isEmpty();
    }

    @Test
    void countsWhatWasLostBetweenTwoMessages() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(169, "stream-1")
                .message(170, "stream-1")
                .message(175, "stream-1")
                .finish());
        server.then(answer -> answer.stream()
                .session("token-2", "stream-1", SINCE)
                .message(180, "stream-1")
                .message(2, "stream-1")
                .awaitLeft());
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        assertThat(reports.messages(3)).extracting(Message::missed).containsExactly(0L, 0L, 4L);
        reports.next(Disconnected.class);
        retry().ring();
        reports.next(Session.class);
        // The second: the instance was restarted.
        assertThat(reports.messages(2)).extracting(Message::missed).containsExactly(4L, 0L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void comparesNumbersOfTwoInstancesOnlyIfTheyShareThem(boolean shared) {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(5, "stream-1")
                .finish());
        server.then(answer -> answer.stream()
                .session("token-2", "stream-2", SINCE)
                .message(9, "stream-2")
                .awaitLeft());
        StreamClientBuilder builder = StreamClient.of(server.uri());
        start(shared ? builder.sharedSequence() : builder);
        reports.next(Session.class);
        reports.next(Message.class);
        reports.next(Disconnected.class);
        retry().ring();
        reports.next(Session.class);
        assertThat(reports.next(Message.class).missed()).isEqualTo(shared ? 3 : 0);
    }

    @Test
    void passesOverEventsAndFieldsThatItDoesNotKnow() {
        server.then(answer -> answer.stream()
                .send("event: weather\ndata: rain\n\n")
                .send(
                        "id: token-1\nevent: session\ndata: {\"ttl\":60,\"epoch\":1,\"new\":{\"a\":[1]},\"instance\":\"stream-1\",\"since\":\""
                                + SINCE + "\"}\n\n")
                .end("a new reason", 1)
                .finish());
        start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        assertThat(reports.next(Ended.class).reason()).isEqualTo(EndReason.LOST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "event: session\ndata: {\"instance\":\"stream-1\",\"since\":\"2026-11-21T05:56:17Z\",\"ttl\":60,\"epoch\":1}\n\n",
                "id: é\nevent: session\ndata: {\"instance\":\"stream-1\",\"since\":\"2026-11-21T05:56:17Z\",\"ttl\":60,\"epoch\":1}\n\n",
                "id: 1\nevent: session\ndata: {\"instance\":\"stream-1\",\"ttl\":60,\"epoch\":1}\n\n",
                "id: 1\nevent: session\ndata: {\"instance\":\"stream-1\",\"since\":\"today\",\"ttl\":60,\"epoch\":1}\n\n",
                "event: message\ndata: {\"sequence\":\"x\"}\n\n",
                "event: end\ndata: drain\n\n"
            })
    void anEventThatIsNotOfTheProtocolEndsTheConnection(String event) {
        server.then(answer -> answer.stream().send(event).awaitLeft());
        start(StreamClient.of(server.uri()));
        assertThat(reports.next(Disconnected.class).cause()).contains("that is not understood: ");
    }

    @Test
    void aTooLargeEventEndsTheConnection() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .send("data: " + "x".repeat(2_000))
                .awaitLeft());
        start(StreamClient.of(server.uri()).limits(Limits.DEFAULT.withLargestEvent(1_000)));
        reports.next(Session.class);
        assertThat(reports.next(Disconnected.class).cause()).isEqualTo("An event is larger than 1000 bytes.");
    }

    @ParameterizedTest
    @MethodSource("anything")
    void aListenerThatThrowsIsReportedAndTheClientGoesOn(Throwable thrown) {
        BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
        throwAndGoOn(thrown, (where, failure) -> uncaught.add(failure));
        assertThat(uncaught).containsExactly(thrown);
    }

    @ParameterizedTest
    @MethodSource("anything")
    void aHandlerOfItsExceptionsThatThrowsDoesNotStopTheClient(Throwable thrown) {
        throwAndGoOn(new IllegalStateException("the listener's own"), (where, failure) -> throwAny(thrown));
    }

    private static Stream<Throwable> anything() {
        return Stream.of(
                new IllegalStateException("a bug"), new IOException("checked"), new AssertionError("an error"));
    }

    /** The first message throws; the second must come. */
    private void throwAndGoOn(Throwable thrown, Thread.UncaughtExceptionHandler handler) {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(1, "stream-1")
                .message(2, "stream-1")
                .awaitLeft());
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler(handler);
            return thread;
        });
        opened.add(threads::shutdown);
        HttpClient http = HttpClient.newBuilder().executor(threads).build();
        CountDownLatch second = new CountDownLatch(1);
        opened.add(StreamClient.of(server.uri()).http(http).start(new Listener() {
            @Override
            public void message(Message message) {
                if (message.sequence() == 1) {
                    throwAny(thrown);
                }
                second.countDown();
            }
        }));
        awaitLatch(second);
    }

    /** Throws checked exceptions, too, as other languages do. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwAny(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void aSlowListenerHoldsTheServerBack() {
        AtomicInteger sent = new AtomicInteger();
        server.then(answer -> flood(answer, sent));
        CountDownLatch free = new CountDownLatch(1);
        AtomicInteger messages = new AtomicInteger();
        StreamClient client = StreamClient.of(server.uri()).start(new Listener() {
            @Override
            public void message(Message message) {
                awaitLatch(free);
                messages.incrementAndGet();
            }
        });
        opened.add(client);
        await().until(sent::get, number -> number > 0);
        await().during(Duration.ofMillis(300)).until(sent::get, new Same());
        assertThat(sent).hasValueLessThan(MANY);
        free.countDown();
        await().untilAtomic(messages, is(MANY));
    }

    @Test
    void messagesThatNobodyTakesHoldTheServerBack() {
        AtomicInteger sent = new AtomicInteger();
        server.then(answer -> flood(answer, sent));
        StreamClient client = open(StreamClient.of(server.uri()));
        await().until(sent::get, number -> number > 0);
        await().during(Duration.ofMillis(300)).until(sent::get, new Same());
        assertThat(sent).hasValueLessThan(MANY);
        for (int i = 1; i <= MANY; i++) {
            assertThat(client.next(ENOUGH)).map(Message::sequence).contains((long) i);
        }
    }

    private static void flood(ScriptedServer.Answer answer, AtomicInteger sent) throws IOException {
        answer.stream().session("token-1", "stream-1", SINCE);
        for (int i = 1; i <= MANY; i++) {
            answer.send(ScriptedServer.messageEvent(i, "stream-1", "x".repeat(25_000)));
            sent.incrementAndGet();
        }
        answer.awaitLeft();
    }

    @Test
    void messagesCanBeWaitedForAcrossConnections() {
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(1, "stream-1")
                .end("drain", 0));
        server.then(answer -> answer.stream()
                .session("token-2", "stream-2", SINCE)
                .message(7, "stream-2")
                .end("closed", null)
                .awaitLeft());
        StreamClient client = StreamClient.of(server.uri()).open();
        opened.add(client);
        assertThat(client.next(ENOUGH)).map(Message::sequence).contains(1L);
        assertThat(client.next(ENOUGH)).map(Message::sequence).contains(7L);
        assertThat(client.next(ENOUGH)).isEmpty();
        assertThat(server.request().token()).isNull();
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @Test
    void aWaitForAMessageFailsWithTheLastFailureAsItsCause() {
        server.then(answer -> answer.problem(503, "{\"title\":\"Full\"}"));
        StreamClient client = open(StreamClient.of(server.uri()));
        retry();
        assertThatThrownBy(() -> client.next(SHORT))
                .isInstanceOf(StreamTimeoutException.class)
                .hasMessage("No message came within PT0.05S; before that: " + server.uri() + " answered 503, Full.")
                .hasCauseInstanceOf(RefusedException.class);
    }

    @Test
    void messagesOfAListenerCannotBeWaitedFor() {
        StreamClient client = start(StreamClient.of(server.uri()));
        assertThatThrownBy(() -> client.next(SHORT)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingLeavesAtOnceAndReportsNothing() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().session("token-1", "stream-1", SINCE).awaitLeft();
            left.countDown();
        });
        StreamClient client = start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        client.close();
        awaitLatch(left);
        assertThat(client.session()).isEmpty();
        assertThat(client.token()).contains("token-1");
        assertThat(time.pending()).isZero();
        assertThat(reports.all).isEmpty();
        server.request();
        assertThat(server.requestsLeft()).isZero();
    }

    @Test
    void closingWhileItWaitsTakesBackTheRetry() {
        server.then(answer -> answer.problem(503, "{}"));
        StreamClient client = start(StreamClient.of(server.uri()));
        reports.next(Refused.class);
        await().until(time::pending, pending -> pending == 1);
        client.close();
        assertThat(time.pending()).isZero();
    }

    @Test
    void aListenerMayCloseItsClient() {
        server.then(answer -> answer.problem(503, "{}"));
        CountDownLatch closed = new CountDownLatch(1);
        BlockingQueue<StreamClient> client = new LinkedBlockingQueue<>();
        client.add(StreamClient.of(server.uri()).time(time).start(new Listener() {
            @Override
            public void refused(RefusedException refusal, @Nullable Duration retryIn) {
                try {
                    client.take().close();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                closed.countDown();
            }
        }));
        awaitLatch(closed);
        assertThat(time.pending()).isZero();
    }

    @Test
    void endingFreesThePairAfterLeaving() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().session("token-1", "stream-1", SINCE).awaitLeft();
            left.countDown();
        });
        server.then(answer -> {
            awaitLatch(left);
            answer.status(204);
        });
        StreamClient client = start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        server.request();
        assertThat(client.end()).isTrue();
        assertThat(server.request())
                .returns("DELETE", ScriptedServer.Request::method)
                .returns("token-1", ScriptedServer.Request::token);
        assertThat(client.token()).isEmpty();
        assertThat(client.end()).isFalse();
    }

    @Test
    void aSessionThatIsAnothersByNowIsOver() {
        server.then(answer -> answer.problem(503, "{}"));
        server.then(answer -> answer.problem(403, "{}"));
        StreamClient client = start(StreamClient.of(server.uri()).token("token-1"));
        reports.next(Refused.class);
        assertThat(client.end()).isFalse();
        assertThat(client.token()).isEmpty();
    }

    @Test
    void endingAsksTheNextAddressAndCanBeTriedAgain() {
        server.then(answer -> answer.problem(503, "{\"title\":\"Unavailable\"}"));
        server.then(answer -> answer.status(204));
        StreamClient client =
                start(StreamClient.of(ScriptedServer.NOBODY, server.uri()).token("token-1"));
        reports.next(Disconnected.class);
        assertThatThrownBy(client::end)
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("answered 503, Unavailable");
        assertThat(client.token()).contains("token-1");
        assertThat(client.end()).isTrue();
    }

    @Test
    void endingWithoutASessionAsksNobody() {
        server.then(answer -> answer.problem(503, "{}"));
        StreamClient client = start(StreamClient.of(server.uri()));
        reports.next(Refused.class);
        assertThat(client.end()).isFalse();
        server.request();
        assertThat(server.requestsLeft()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void endingWaitsForAResumeOnItsWay(boolean opened) {
        CountDownLatch ending = new CountDownLatch(1);
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).finish());
        server.then(answer -> {
            if (opened) {
                answer.stream();
            }
            awaitLatch(ending);
            if (!opened) {
                answer.stream();
            }
            answer.session("token-2", "stream-1", SINCE).message(1, "stream-1").awaitLeft();
        });
        server.then(answer -> answer.status(204));
        StreamClient client = start(StreamClient.of(server.uri()));
        reports.next(Session.class);
        reports.next(Disconnected.class);
        server.request();
        retry().ring();
        server.request();
        assertThat(endMeanwhile(client, ending)).isTrue();
        assertThat(server.request().token()).isEqualTo("token-2");
        assertThat(client.token()).isEmpty();
        assertThat(reports.all).isEmpty();
        assertThat(time.pending()).isZero();
    }

    @Test
    void endingWaitsForABeginOnItsWay() {
        CountDownLatch ending = new CountDownLatch(1);
        server.then(answer -> {
            awaitLatch(ending);
            answer.stream().session("token-1", "stream-1", SINCE).awaitLeft();
        });
        server.then(answer -> answer.status(204));
        StreamClient client = start(StreamClient.of(server.uri()));
        server.request();
        assertThat(endMeanwhile(client, ending)).isTrue();
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @Test
    void endingReadsTheNewTokenEvenIfNobodyTakesTheMessages() {
        CountDownLatch ending = new CountDownLatch(1);
        server.then(answer -> answer.stream()
                .session("token-1", "stream-1", SINCE)
                .message(1, "stream-1")
                .finish());
        server.then(answer -> {
            answer.stream();
            awaitLatch(ending);
            answer.session("token-2", "stream-1", SINCE).message(2, "stream-1").awaitLeft();
        });
        server.then(answer -> answer.status(204));
        StreamClient client = open(StreamClient.of(server.uri()));
        server.request();
        await().untilAsserted(() -> assertThat(client.token()).contains("token-1"));
        retry().ring();
        server.request();
        assertThat(endMeanwhile(client, ending)).isTrue();
        assertThat(server.request().token()).isEqualTo("token-2");
        assertThat(client.next(ENOUGH)).map(Message::sequence).contains(1L);
        assertThat(client.next(ENOUGH)).isEmpty();
    }

    @Test
    void endingWaitsForAResumeNoLongerThanForAnAnswer() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().awaitLeft();
            left.countDown();
        });
        server.then(answer -> {
            awaitLatch(left);
            answer.status(204);
        });
        StreamClient client = start(StreamClient.of(server.uri())
                .token("token-1")
                .limits(Limits.DEFAULT.withAnswer(Duration.ofSeconds(2))));
        time.take(SILENCE::equals);
        server.request();
        assertThat(client.end()).isTrue();
        assertThat(server.request().token()).isEqualTo("token-1");
    }

    @Test
    void aListenerMayEndItsClient() {
        server.then(
                answer -> answer.stream().session("token-1", "stream-1", SINCE).awaitLeft());
        server.then(answer -> answer.status(204));
        BlockingQueue<StreamClient> client = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> ended = new LinkedBlockingQueue<>();
        client.add(StreamClient.of(server.uri()).time(time).start(new Listener() {
            @Override
            public void session(Session session) {
                try {
                    ended.add(client.take().end());
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }));
        await().untilAsserted(() -> assertThat(ended).containsExactly(true));
    }

    /** Ends the client on a thread of its own; once it waits, the server goes on. */
    private static boolean endMeanwhile(StreamClient client, CountDownLatch goOn) {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread ending = new Thread(() -> ended.complete(client.end()));
        ending.start();
        await().until(() -> ending.getState() == Thread.State.WAITING);
        goOn.countDown();
        return ended.orTimeout(ENOUGH.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Test
    void manyClientsNeedFewThreads() {
        ExecutorService two = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        HttpClient http = HttpClient.newBuilder().executor(two).build();
        CountDownLatch messages = new CountDownLatch(100);
        StreamClientBuilder builder = StreamClient.of(server.uri()).http(http);
        for (int i = 0; i < messages.getCount(); i++) {
            server.then(answer -> answer.stream()
                    .session("token-1", "stream-1", SINCE)
                    .message(1, "stream-1")
                    .awaitLeft());
        }
        for (int i = 0; i < 100; i++) {
            opened.add(builder.start(new Listener() {
                @Override
                public void message(Message message) {
                    messages.countDown();
                }
            }));
        }
        awaitLatch(messages);
        opened.add(two::shutdown);
    }

    private StreamClient start(StreamClientBuilder builder) {
        StreamClient client = builder.time(time).start(reports);
        opened.add(client);
        return client;
    }

    private StreamClient open(StreamClientBuilder builder) {
        StreamClient client = builder.time(time).open();
        opened.add(client);
        return client;
    }

    private FakeTime.Alarm retry() {
        return time.take(delay -> !delay.equals(SILENCE));
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(ENOUGH.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

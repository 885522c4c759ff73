package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventStreamTest {

    private static final Duration ENOUGH = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);
    private static final int MANY = 2_000;

    private final ScriptedServer server = new ScriptedServer();
    private final HttpClient http = Connection.newHttp();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void readsEventsUntilTheServerEndsTheStream() {
        server.then(answer -> answer.stream()
                .send("id: 1\nevent: a\ndata: x\n\n: comment\n\n")
                .send("data: y")
                .send("\n\ndata: z\n\n")
                .finish());
        try (EventStream stream = open()) {
            assertThat(stream.next(ENOUGH)).contains(new Event("1", "a", null, "x"));
            assertThat(stream.next(ENOUGH)).contains(new Event("1", "message", null, "y"));
            assertThat(stream.next(ENOUGH)).contains(new Event("1", "message", null, "z"));
            assertThat(stream.next(ENOUGH)).isEmpty();
            assertThat(stream.next(ENOUGH)).isEmpty();
        }
    }

    @Test
    void sendsTheTokenAndWhatItAccepts() {
        server.then(answer -> answer.stream().finish());
        EventStream.open(http, server.uri().resolve("/stream/u/p"), "token-1", Limits.DEFAULT)
                .close();
        ScriptedServer.Request request = server.request();
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.path()).isEqualTo("/stream/u/p");
        assertThat(request.token()).isEqualTo("token-1");
        assertThat(request.headers()).containsEntry("accept", "text/event-stream, application/problem+json");
    }

    @Test
    void sendsNoTokenWithoutOne() {
        server.then(answer ->
                answer.status(200, "Content-Type: text/event-stream", "X-Accel-Buffering: no", "Content-Length: 0"));
        try (EventStream stream = EventStream.open(server.uri(), null)) {
            assertThat(server.request().token()).isNull();
            assertThat(stream.headers().firstValue("X-Accel-Buffering")).contains("no");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Text/Event-Stream;charset=utf-8", "text/event-stream ; charset=utf-8"})
    void aStreamIsToldByItsMediaType(String type) {
        server.then(answer -> answer.status(200, "Content-Type: " + type, "Content-Length: 0"));
        open().close();
    }

    @Test
    void anotherMediaTypeIsNoStream() {
        server.then(answer -> answer.status(200, "Content-Type: text/event-streamx", "Content-Length: 0"));
        assertThat(refusal()).returns(200, RefusedException::status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\r\nb", "\u00e9"})
    void takesNoTokenThatCannotBeSent(String token) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventStream.open(http, server.uri(), token, Limits.DEFAULT))
                .withMessage("The token of the session is missing or malformed.");
        assertThat(server.requestsLeft()).isZero();
    }

    @Test
    void waitsForLongerThanNanosecondsCanCount() {
        server.then(answer -> answer.stream().send("data: x\n\n").awaitLeft());
        try (EventStream stream = EventStream.open(http, server.uri(), null, Limits.DEFAULT.withAnswer(FOREVER))) {
            assertThat(stream.next(FOREVER)).map(Event::data).contains("x");
            assertThatThrownBy(() -> stream.next(FOREVER.negated())).isInstanceOf(StreamTimeoutException.class);
        }
    }

    @Test
    void aReadOfASilentStreamFailsInWordsAndTheNextStillReads() {
        CountDownLatch told = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().send(": nothing yet\n\n");
            awaitLatch(told);
            answer.send("data: x\n\n").awaitLeft();
        });
        try (EventStream stream = open()) {
            assertThatThrownBy(() -> stream.next(SHORT))
                    .isInstanceOf(StreamTimeoutException.class)
                    .hasMessage("No event came within PT0.05S.");
            told.countDown();
            assertThat(stream.next(ENOUGH)).map(Event::data).contains("x");
        }
    }

    @Test
    void anAnswerThatDoesNotComeFailsInWordsAndIsGivenUp() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.awaitLeft();
            left.countDown();
        });
        // On a busy machine, even the request takes a while.
        Limits limits = Limits.DEFAULT.withAnswer(Duration.ofSeconds(2));
        assertThatThrownBy(() -> EventStream.open(http, server.uri(), null, limits))
                .isInstanceOf(StreamTimeoutException.class)
                .hasMessage(server.uri() + " did not answer within PT2S.");
        awaitLatch(left);
    }

    @Test
    void aServerThatIsNotThereFailsInWords() {
        assertThatThrownBy(() -> EventStream.open(ScriptedServer.NOBODY, null))
                .isExactlyInstanceOf(StreamException.class)
                .hasMessageStartingWith(ScriptedServer.NOBODY + " cannot be reached: ");
    }

    @Test
    void anAnswerThatIsNoStreamHasItsProblem() {
        server.then(answer -> answer.problem(
                409,
                "{\"detail\":\"It is taken.\",\"status\":409,\"title\":\"Launched elsewhere\","
                        + "\"type\":\"urn:kubescaler:problem:launched-elsewhere\",\"retryAfter\":58}",
                "Retry-After: 57"));
        RefusedException refusal = refusal();
        assertThat(refusal)
                .hasMessage(server.uri() + " answered 409, Launched elsewhere: It is taken.")
                .returns(409, RefusedException::status)
                .returns("urn:kubescaler:problem:launched-elsewhere", RefusedException::type)
                .returns("Launched elsewhere", RefusedException::title)
                .returns("It is taken.", RefusedException::detail)
                .returns(Duration.ofSeconds(57), RefusedException::retryAfter);
        assertThat(refusal.body()).contains("\"retryAfter\":58");
    }

    @Test
    void aRefusalWhoseBodyDoesNotEndIsARefusal() {
        server.then(answer -> {
            answer.status(404, "Content-Type: application/problem+json", "Content-Length: 1000")
                    .raw("{\"title\"");
            answer.awaitLeft();
        });
        assertThatThrownBy(() ->
                        EventStream.open(http, server.uri(), null, Limits.DEFAULT.withAnswer(Duration.ofSeconds(2))))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refusal -> assertThat(refusal)
                                .returns(404, RefusedException::status)
                                .returns("{\"title\"", RefusedException::body));
    }

    @Test
    void theTimeToComeBackMayBeInTheBodyOnly() {
        server.then(answer -> answer.problem(503, "{\"retryAfter\":3}"));
        assertThat(refusal().retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void anAnswerThatIsNeitherStreamNorProblemIsRefusedToo() {
        server.then(answer -> answer.status(200, "Content-Type: text/html", "Content-Length: 2")
                .raw("hi"));
        assertThat(refusal())
                .hasMessage(server.uri() + " answered 200, not an event stream.")
                .returns("hi", RefusedException::body)
                .returns(null, RefusedException::type)
                .returns(null, RefusedException::retryAfter);
    }

    @Test
    void aProblemThatIsNoneAndATimeThatIsNoneLeaveTheStatus() {
        server.then(answer -> answer.problem(502, "{oops", "Retry-After: soon"));
        assertThat(refusal())
                .returns(502, RefusedException::status)
                .returns(null, RefusedException::title)
                .returns(null, RefusedException::retryAfter);
    }

    @Test
    void ofAnEndlessProblemOnlyTheBeginningIsRead() {
        server.then(answer -> {
            answer.status(500, "Content-Type: text/plain");
            for (int i = 0; i < MANY; i++) {
                answer.raw("x".repeat(10_000));
            }
        });
        assertThat(refusal().body()).isEqualTo("x".repeat(64 * 1024));
    }

    @Test
    void aResetIsAFailureAfterTheEventsBeforeIt() {
        CountDownLatch read = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().send("data: x\n\ndata: half");
            awaitLatch(read);
            answer.reset();
        });
        try (EventStream stream = open()) {
            assertThat(stream.next(ENOUGH)).map(Event::data).contains("x");
            read.countDown();
            assertThatThrownBy(() -> stream.next(ENOUGH))
                    .isExactlyInstanceOf(StreamException.class)
                    .hasMessageStartingWith("The stream from " + server.uri() + " broke off: ");
        }
    }

    @Test
    void anEventWhoseEndDoesNotComeIsNone() {
        server.then(answer -> answer.stream().send("data: x\n\ndata: half\n").finish());
        try (EventStream stream = open()) {
            assertThat(stream.next(ENOUGH)).map(Event::data).contains("x");
            assertThat(stream.next(ENOUGH)).isEmpty();
        }
    }

    @Test
    void aTooLargeEventFailsAfterTheEventsBeforeItAndClosesTheConnection() {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().send("data: x\n\ndata: " + "y".repeat(200));
            answer.awaitLeft();
            left.countDown();
        });
        try (EventStream stream = EventStream.open(http, server.uri(), null, Limits.DEFAULT.withLargestEvent(100))) {
            assertThat(stream.next(ENOUGH)).map(Event::data).contains("x");
            assertThatThrownBy(() -> stream.next(ENOUGH)).hasMessage("An event is larger than 100 bytes.");
            awaitLatch(left);
        }
    }

    @Test
    void closingClosesTheConnectionAndEndsAWaitingRead() throws InterruptedException {
        CountDownLatch left = new CountDownLatch(1);
        server.then(answer -> {
            answer.stream().awaitLeft();
            left.countDown();
        });
        EventStream stream = open();
        AtomicReference<Object> read = new AtomicReference<>();
        Thread reader = new Thread(() -> read.set(stream.next(ENOUGH)));
        reader.start();
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        stream.close();
        awaitLatch(left);
        reader.join();
        assertThat(read.get()).isEqualTo(Optional.empty());
    }

    @Test
    void aWaitingReadCanBeInterrupted() {
        server.then(answer -> answer.stream().awaitLeft());
        try (EventStream stream = open()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> stream.next(ENOUGH)).hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aReaderThatDoesNotReadHoldsTheServerBack() {
        AtomicInteger sent = new AtomicInteger();
        server.then(answer -> {
            answer.stream();
            for (int i = 0; i < MANY; i++) {
                answer.send("data: " + "x".repeat(25_000) + "\n\n");
                sent.incrementAndGet();
            }
            answer.finish();
        });
        try (EventStream stream = open()) {
            stream.next(ENOUGH);
            await().during(Duration.ofMillis(300)).until(sent::get, new Same());
            assertThat(sent).hasValueLessThan(MANY);
            int events = 1;
            while (stream.next(ENOUGH).isPresent()) {
                events++;
            }
            assertThat(events).isEqualTo(MANY);
        }
    }

    private EventStream open() {
        return EventStream.open(http, server.uri(), null, Limits.DEFAULT);
    }

    private RefusedException refusal() {
        try (EventStream stream = open()) {
            throw new AssertionError("Not refused: " + stream.headers());
        } catch (RefusedException refusal) {
            return refusal;
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(ENOUGH.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

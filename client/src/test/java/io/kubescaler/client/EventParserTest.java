package io.kubescaler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventParserTest {

    private static final String EVERYTHING = ": hello\r\nid: 1\revent: session\ndata: {\"a\":\"é 漢 🚀\"}\r\n\r\n"
            + "retry: 250\r\ndata: one\rdata:two\n\r: silence\n\ndata\n\n";

    @Test
    void anEventEndsWithAnEmptyLine() {
        assertThat(parse("event: a\ndata: x\n")).isEmpty();
        assertThat(parse("event: a\ndata: x\n\n")).containsExactly(new Event(null, "a", null, "x"));
    }

    @Test
    void anEventWithoutANameIsAMessage() {
        assertThat(brief("data: x\n\n")).containsExactly("message=x");
    }

    @Test
    void aNameHoldsForOneEventOnly() {
        assertThat(brief("event: a\ndata: x\n\ndata: y\n\n")).containsExactly("a=x", "message=y");
    }

    @Test
    void dataLinesAreJoinedByLineFeeds() {
        assertThat(brief("data: x\ndata:\ndata: y\n\n")).containsExactly("message=x\n\ny");
    }

    @Test
    void onlyOneSpaceAfterTheColonIsDropped() {
        assertThat(brief("data:  x\n\ndata:y:z\n\n")).containsExactly("message= x", "message=y:z");
    }

    @Test
    void aFieldWithoutAColonHasAnEmptyValue() {
        assertThat(brief("data\n\n")).containsExactly("message=");
    }

    @Test
    void anEventWithoutDataIsNone() {
        assertThat(brief("event: a\n\ndata: x\n\n")).containsExactly("message=x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void linesEndWithLfCrOrBoth(String end) {
        assertThat(brief(String.join(end, "event: a", "data: x", "", "data: y", "", "")))
                .containsExactly("a=x", "message=y");
    }

    @Test
    void crLfSplitBetweenPiecesIsOneLineEnd() {
        assertThat(brief("data: x\r", "\ndata: y\r", "\n\r", "\n")).containsExactly("message=x\ny");
    }

    @Test
    void aPieceOfNothingBetweenCrAndLfChangesNothing() {
        assertThat(brief("data: x\r", "", "\ndata: y\r\n\r\n")).containsExactly("message=x\ny");
    }

    @Test
    void aStreamSplitAtAnyByteGivesTheSameEvents() {
        byte[] bytes = utf8(EVERYTHING);
        List<Event> whole = parse(bytes);
        assertThat(whole)
                .containsExactly(
                        new Event("1", "session", null, "{\"a\":\"é 漢 🚀\"}"),
                        new Event("1", "message", Duration.ofMillis(250), "one\ntwo"),
                        new Event("1", "message", Duration.ofMillis(250), ""));
        for (int i = 0; i <= bytes.length; i++) {
            for (int j = i; j <= bytes.length; j++) {
                assertThat(parse(cut(bytes, 0, i), cut(bytes, i, j), cut(bytes, j, bytes.length)))
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void aStreamThatComesByteByByteGivesTheSameEvents() {
        byte[] bytes = utf8(EVERYTHING);
        byte[][] pieces = IntStream.range(0, bytes.length)
                .mapToObj(i -> cut(bytes, i, i + 1))
                .toArray(byte[][]::new);
        assertThat(parse(pieces)).isEqualTo(parse(bytes));
    }

    @Test
    void aStreamCutAtRandomGivesTheSameEventsFromHeapAndDirectMemory() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = utf8(("data: " + "aé漢🚀".repeat(3_000) + "\r\n\r\n" + EVERYTHING).repeat(5));
        List<Event> whole = parse(bytes);
        for (int round = 0; round < 200; round++) {
            List<Event> events = new ArrayList<>();
            EventParser parser = new EventParser();
            int longest = 1 + random.nextInt(10_000);
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(longest));
                ByteBuffer piece = random.nextBoolean()
                        ? ByteBuffer.wrap(bytes, from, to - from)
                        : ByteBuffer.allocateDirect(to - from)
                                .put(bytes, from, to - from)
                                .flip();
                parser.push(piece, events::add);
                assertThat(piece.hasRemaining()).isFalse();
                from = to;
            }
            assertThat(events).as("seed %d", seed).isEqualTo(whole);
        }
    }

    @Test
    void bytesThatAreNoUtf8DoNotStopTheStream() {
        assertThat(parse(utf8("data: "), new byte[] {(byte) 0xFF}, utf8("\n\ndata: y\n\n")))
                .extracting(Event::data)
                .containsExactly("\uFFFD", "y");
    }

    @Test
    void aByteOrderMarkCountsAtTheVeryStartOnly() {
        assertThat(brief("\uFEFFdata: x\n\n")).containsExactly("message=x");
        assertThat(brief("data: \uFEFFx\n\n\uFEFFdata: y\n\n")).containsExactly("message=\uFEFFx");
    }

    @Test
    void theIdStaysUntilThereIsAnother() {
        assertThat(parse(utf8("id: a\ndata: x\n\ndata: y\n\nid\ndata: z\n\n")))
                .extracting(Event::id)
                .containsExactly("a", "a", null);
    }

    @Test
    void anIdWithNulIsNotTaken() {
        assertThat(parse(utf8("id: a\nid: b\0\ndata: x\n\n")))
                .extracting(Event::id)
                .containsExactly("a");
    }

    @Test
    void retryIsTakenWhenItIsDigits() {
        assertThat(parse(utf8("retry: 10\ndata: x\n\n")))
                .extracting(Event::retry)
                .containsExactly(Duration.ofMillis(10));
        assertThat(parse(utf8("retry: 1.5\nretry: -1\nretry:\ndata: x\n\n")))
                .extracting(Event::retry)
                .containsOnlyNulls();
    }

    @Test
    void aRetryWithoutAnEventIsTaken() {
        EventParser parser = new EventParser();
        assertThat(parser.retry()).isNull();
        parser.push(ByteBuffer.wrap(utf8("retry: 2500\n")), event -> {});
        assertThat(parser.retry()).isEqualTo(Duration.ofMillis(2_500));
    }

    @Test
    void aMessageInManyPiecesIsWhole() {
        String text = "x".repeat(100_000);
        byte[] bytes = utf8("data: " + text + "\n\n");
        byte[][] pieces = IntStream.iterate(0, i -> i < bytes.length, i -> i + 1_000)
                .mapToObj(i -> cut(bytes, i, Math.min(bytes.length, i + 1_000)))
                .toArray(byte[][]::new);
        assertThat(parse(pieces)).extracting(Event::data).containsExactly(text);
    }

    @Test
    void anEventMayBeAsLargeAsTheLimitAndNoLarger() {
        String fits = "data: " + "x".repeat(994) + "\n\n";
        List<Event> events = new ArrayList<>();
        EventParser parser = new EventParser(1_000);
        for (int i = 0; i < 10; i++) {
            parser.push(ByteBuffer.wrap(utf8(fits)), events::add);
        }
        assertThat(events).hasSize(10);
        assertThatThrownBy(() -> parser.push(ByteBuffer.wrap(utf8("data: " + "x".repeat(995))), events::add))
                .isInstanceOf(StreamException.class)
                .hasMessage("An event is larger than 1000 bytes.");
    }

    @Test
    void anEventOfManyLinesIsBoundedToo() {
        EventParser parser = new EventParser(1_000);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_001; i++) {
                        parser.push(ByteBuffer.wrap(utf8("data\n")), event -> {});
                    }
                })
                .isInstanceOf(StreamException.class);
    }

    private static List<Event> parse(byte[]... pieces) {
        List<Event> events = new ArrayList<>();
        EventParser parser = new EventParser();
        for (byte[] piece : pieces) {
            parser.push(ByteBuffer.wrap(piece), events::add);
        }
        return events;
    }

    private static List<Event> parse(String text) {
        return parse(utf8(text));
    }

    private static List<String> brief(String... pieces) {
        return parse(Stream.of(pieces).map(EventParserTest::utf8).toArray(byte[][]::new)).stream()
                .map(event -> event.name() + "=" + event.data())
                .toList();
    }

    private static byte[] cut(byte[] bytes, int from, int to) {
        byte[] piece = new byte[to - from];
        System.arraycopy(bytes, from, piece, 0, to - from);
        return piece;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package io.kubescaler.stream.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of Redis, as they arrive in parts of any size. */
class EntryLimitTest {

    private static final int LARGEST = 20;

    private final EmbeddedChannel channel = new EmbeddedChannel(new EntryLimit(LARGEST));

    @AfterEach
    void holdsNothing() {
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void passesWhatIsNoEntry() {
        String longest = "x".repeat(1_000);
        for (String answer : List.of(
                "+PONG\r\n",
                "-ERR unknown\r\n",
                ":7\r\n",
                "$-1\r\n",
                "*-1\r\n",
                "*0\r\n",
                string(longest),
                array(":7\r\n", string(longest)),
                array(string(longest), array(string(longest), array()), "$-1\r\n"))) {
            assertThat(passed(answer)).isEqualTo(answer);
        }
    }

    @Test
    void passesEntriesOfTheLargestSize() {
        String answer = streams(entry("message", "x".repeat(13)), entry("a", "1", "message", ""), entry());

        assertThat(passed(answer)).isEqualTo(answer);
    }

    @Test
    void takesOutTheValuesAndNamesThatAreTooLarge() {
        String large = "x\r\n".repeat(100);

        assertThat(passed(streams(
                        entry("message", "x".repeat(14)),
                        entry("message", large, "a", "1"),
                        entry(large, "1", "message", "2"),
                        entry("message", "after"))))
                .isEqualTo(array(array(
                        string("messages:1"),
                        array(
                                array(string("7-0"), array(string("message"), "$-1\r\n")),
                                array(string("7-0"), array(string("message"), "$-1\r\n", string("a"), string("1"))),
                                entry("", "1", "message", "2"),
                                entry("message", "after")))));
    }

    @Test
    void takesOutAllOfAnEntryThatHasTooManyNames() {
        String[] most = Collections.nCopies(EntryLimit.MOST_PARTS, "").toArray(String[]::new);
        String[] more = Collections.nCopies(EntryLimit.MOST_PARTS + 2, "").toArray(String[]::new);

        assertThat(passed(streams(entry(most), entry(more), entry("message", "after"))))
                .isEqualTo(array(array(
                        string("messages:1"),
                        array(
                                entry(most),
                                array(string("7-0"), array(string(""), "$-1\r\n")),
                                entry("message", "after")))));
    }

    @Test
    void holdsNothingOfAValueThatItTakesOut() {
        String head = "*1\r\n*2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n7-0\r\n*2\r\n$7\r\nmessage\r\n";
        assertThat(write(head + "$536870912\r\n")).isEqualTo(head + "$-1\r\n");

        for (int i = 0; i < 100; i++) {
            assertThat(write("x".repeat(10_000))).isEmpty();
        }
    }

    /** Returns what comes out, which must not depend on the parts in which it went in. */
    private String passed(String answer) {
        String whole = write(answer + "+NEXT\r\n");
        assertThat(whole).endsWith("+NEXT\r\n");
        StringBuilder byBytes = new StringBuilder();
        (answer + "+NEXT\r\n").chars().forEach(next -> byBytes.append(write(Character.toString(next))));
        assertThat(byBytes).hasToString(whole);
        return whole.substring(0, whole.length() - "+NEXT\r\n".length());
    }

    private String write(String part) {
        channel.writeInbound(Unpooled.copiedBuffer(part, UTF_8));
        ByteBuf out = channel.readInbound();
        try {
            return out.toString(UTF_8);
        } finally {
            out.release();
        }
    }

    private static String streams(String... entries) {
        return array(array(string("messages:1"), array(entries)));
    }

    private static String entry(String... parts) {
        return array(
                string("7-0"),
                array(Stream.of(parts).map(EntryLimitTest::string).toArray(String[]::new)));
    }

    private static String array(String... elements) {
        return "*" + elements.length + "\r\n" + String.join("", elements);
    }

    private static String string(String content) {
        return "$" + content.length() + "\r\n" + content + "\r\n";
    }
}

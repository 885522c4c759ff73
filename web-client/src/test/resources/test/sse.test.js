import { EventStreamParser } from "/assets/js/sse.js";
import { equal } from "./assert.js";

const encode = (text) => new TextEncoder().encode(text);

function parse(...chunks) {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === "string" ? encode(chunk) : chunk));
}

const brief = (events) => events.map(({ type, data }) => [type, data]);

// Bytes are not compared: the second half of a CRLF belongs to either event, depending on the chunks.
const meaning = (events) => events.map(({ bytes, ...event }) => event);

const EVERYTHING =
  ": hello\r\nid: 1\revent: session\ndata: {\"a\":\"é 漢 🚀\"}\r\n\r\n" +
  "retry: 250\r\ndata: one\rdata:two\n\r: silence\n\ndata\n\n";

export default {
  "an event ends with an empty line"() {
    equal(brief(parse("event: a\ndata: x\n")), []);
    equal(brief(parse("event: a\ndata: x\n\n")), [["a", "x"]]);
  },
  "an event without a type is a message"() {
    equal(brief(parse("data: x\n\n")), [["message", "x"]]);
  },
  "a type holds for one event only"() {
    equal(brief(parse("event: a\ndata: x\n\ndata: y\n\n")), [["a", "x"], ["message", "y"]]);
  },
  "data lines are joined by line feeds"() {
    equal(brief(parse("data: x\ndata:\ndata: y\n\n")), [["message", "x\n\ny"]]);
  },
  "only one space after the colon is dropped"() {
    equal(brief(parse("data:  x\n\ndata:y:z\n\n")), [["message", " x"], ["message", "y:z"]]);
  },
  "a field without a colon has an empty value"() {
    equal(brief(parse("data\n\n")), [["message", ""]]);
  },
  "an event without data is ignored"() {
    equal(brief(parse("event: a\n\ndata: x\n\n")), [["message", "x"]]);
  },
  "lines end with LF, CR or both"() {
    for (const end of ["\n", "\r", "\r\n"]) {
      equal(brief(parse(["event: a", "data: x", "", "data: y", "", ""].join(end))), [["a", "x"], ["message", "y"]]);
    }
  },
  "CRLF split between chunks is one line end"() {
    equal(brief(parse("data: x\r", "\ndata: y\r", "\n\r", "\n")), [["message", "x\ny"]]);
  },
  "an empty chunk between CR and LF changes nothing"() {
    equal(brief(parse("data: x\r", "", "\ndata: y\r\n\r\n")), [["message", "x\ny"]]);
  },
  "a stream split at any byte gives the same events"() {
    const bytes = encode(EVERYTHING);
    const whole = parse(bytes);
    equal(brief(whole), [["session", '{"a":"é 漢 🚀"}'], ["message", "one\ntwo"], ["message", ""]]);
    for (let i = 0; i <= bytes.length; i += 1) {
      for (let j = i; j <= bytes.length; j += 1) {
        equal(meaning(parse(bytes.subarray(0, i), bytes.subarray(i, j), bytes.subarray(j))), meaning(whole));
      }
    }
  },
  "a stream that arrives byte by byte gives the same events"() {
    const bytes = encode(EVERYTHING);
    equal(meaning(parse(...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))), meaning(parse(bytes)));
  },
  "invalid UTF-8 does not stop the stream"() {
    const events = parse(encode("data: "), Uint8Array.of(0xff), encode("\n\ndata: y\n\n"));
    equal(brief(events), [["message", "\uFFFD"], ["message", "y"]]);
  },
  "a byte order mark counts only at the very start"() {
    equal(brief(parse("\uFEFFdata: x\n\n")), [["message", "x"]]);
    equal(brief(parse("data: \uFEFFx\n\n\uFEFFdata: y\n\n")), [["message", "\uFEFFx"]]);
  },
  "the id stays until there is another"() {
    equal(parse("id: a\ndata: x\n\ndata: y\n\nid\ndata: z\n\n").map(({ id }) => id), ["a", "a", ""]);
  },
  "an id with NUL is ignored"() {
    equal(parse("id: a\nid: b\0\ndata: x\n\n")[0].id, "a");
  },
  "retry counts only if it is digits"() {
    equal(parse("retry: 10\ndata: x\n\n")[0].retry, 10);
    equal(parse("retry: 1.5\nretry: -1\nretry:\ndata: x\n\n")[0].retry, null);
  },
  "retry counts without an event"() {
    const parser = new EventStreamParser();
    equal(parser.push(encode("retry: 10\n\n")), []);
    equal(parser.retry, 10);
  },
  "the bytes of the events add up to the stream"() {
    const events = parse(EVERYTHING);
    equal(events.reduce((sum, event) => sum + event.bytes, 0), encode(EVERYTHING).length);
  },
  "a message in many pieces is whole"() {
    const text = "x".repeat(100_000);
    const bytes = encode(`data: ${text}\n\n`);
    const pieces = [];
    for (let i = 0; i < bytes.length; i += 1_000) {
      pieces.push(bytes.subarray(i, i + 1_000));
    }
    equal(parse(...pieces).map(({ data, bytes: size }) => [data === text, size]), [[true, bytes.length]]);
  },
};

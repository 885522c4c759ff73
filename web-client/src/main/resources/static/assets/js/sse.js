// Server-Sent Events, parsed from the bytes of a fetch: EventSource can neither report the reason of a refusal nor send
// a token with its first request. Follows the WHATWG HTML standard, section "Parsing an event stream".

const LF = 10;
const CR = 13;
const BOM = "\uFEFF";

/**
 * @typedef {object} ServerEvent
 * @property {string} type the `event:` field, "message" without one
 * @property {string} data the `data:` lines, joined by line feeds
 * @property {string} id the last `id:` of the stream so far, "" before the first
 * @property {number|null} retry the last `retry:` of the stream so far, in milliseconds
 * @property {number} bytes the size of everything since the last event, framing and comments included
 */

/** Takes the bytes of one stream in any pieces, and returns the complete events. */
export class EventStreamParser {
  // A line may arrive in any number of pieces; they are joined once, at its end. Line ends are ASCII, so cutting lines
  // out as bytes never splits a character.
  #pieces = [];
  #afterCarriageReturn = false;
  #firstLine = true;
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  #type = "";
  #data = [];
  #id = "";
  #retry = null;
  #bytes = 0;

  /** The last `retry:` of the stream so far, in milliseconds, or null. It counts without an event, too. */
  get retry() {
    return this.#retry;
  }

  /**
   * @param {Uint8Array} chunk
   * @returns {ServerEvent[]} the events that this chunk completes
   */
  push(chunk) {
    const events = [];
    let start = 0;
    if (this.#afterCarriageReturn && chunk.length > 0) {
      this.#afterCarriageReturn = false;
      if (chunk[0] === LF) {
        this.#bytes += 1;
        start = 1;
      }
    }
    // CR is rare, so the search for it is not repeated per line.
    let cr = chunk.indexOf(CR, start);
    while (start < chunk.length) {
      const lf = chunk.indexOf(LF, start);
      if (cr !== -1 && cr < start) {
        cr = chunk.indexOf(CR, start);
      }
      const byCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = byCr ? cr : lf;
      if (end === -1) {
        break;
      }
      let next = end + 1;
      if (byCr) {
        if (next === chunk.length) {
          this.#afterCarriageReturn = true;
        } else if (chunk[next] === LF) {
          next += 1;
        }
      }
      this.#bytes += next - start;
      this.#line(this.#take(chunk.subarray(start, end)), events);
      start = next;
    }
    if (start < chunk.length) {
      this.#bytes += chunk.length - start;
      this.#pieces.push(chunk.subarray(start));
    }
    return events;
  }

  #take(lastPiece) {
    if (this.#pieces.length === 0) {
      return this.#decoder.decode(lastPiece);
    }
    let text = "";
    for (const piece of this.#pieces) {
      text += this.#decoder.decode(piece, { stream: true });
    }
    this.#pieces = [];
    return text + this.#decoder.decode(lastPiece);
  }

  #line(text, events) {
    let line = text;
    if (this.#firstLine) {
      this.#firstLine = false;
      line = line.startsWith(BOM) ? line.slice(1) : line;
    }
    if (line === "") {
      this.#dispatch(events);
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    switch (field) {
      case "event":
        this.#type = value;
        break;
      case "data":
        this.#data.push(value);
        break;
      case "id":
        if (!value.includes("\0")) {
          this.#id = value;
        }
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) {
          this.#retry = Number(value);
        }
        break;
      default: // a comment or an unknown field
    }
  }

  #dispatch(events) {
    if (this.#data.length > 0) {
      events.push({
        type: this.#type || "message",
        data: this.#data.join("\n"),
        id: this.#id,
        retry: this.#retry,
        bytes: this.#bytes,
      });
      this.#bytes = 0;
    }
    this.#type = "";
    this.#data = [];
  }
}

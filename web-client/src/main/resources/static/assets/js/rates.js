// The speed and the losses of a stream, without flattering it. Times are in milliseconds, sizes in bytes, speeds in
// bytes per second.

/** The span of "now". */
export const WINDOW_MS = 5_000;

// Too short a time for a speed.
const LEAST_SPAN_MS = 1_000;
// The window waits this long for a late message.
const SLACK_MS = 1_000;
// Beyond this many messages in the window, the window covers less time rather than more memory.
const MOST_SAMPLES = 512;

// The same for counters, which are read less often than messages arrive.
const COUNTER_WINDOW_MS = 10_000;

/**
 * The speed over the last seconds, by message timestamps: messages that were held up and arrive together are not a
 * faster stream. The bytes of a message are spread over the time since the message before it, so the speed does not
 * jump when the window cuts through a message.
 */
export class SpeedWindow {
  #timestamps = new Float64Array(MOST_SAMPLES);
  #sizes = new Float64Array(MOST_SAMPLES);
  #count = 0;
  // The server's clock minus ours, by the message with the shortest way.
  #ahead = -Infinity;

  /**
   * @param {number} timestamp the creation of the message, by the server's clock
   * @param {number} bytes
   * @param {number} arrival its arrival, by our clock
   */
  add(timestamp, bytes, arrival) {
    const last = this.#count === 0 ? timestamp : this.#timestamps[(this.#count - 1) % MOST_SAMPLES];
    const slot = this.#count % MOST_SAMPLES;
    this.#timestamps[slot] = Math.max(timestamp, last);
    this.#sizes[slot] = bytes;
    this.#count += 1;
    this.#ahead = Math.max(this.#ahead, timestamp - arrival);
  }

  /**
   * @param {number} now by our clock
   * @returns {number|null} null while the time is too short
   */
  speed(now) {
    if (this.#count === 0) {
      return null;
    }
    const oldest = Math.max(0, this.#count - MOST_SAMPLES);
    const last = this.#timestamps[(this.#count - 1) % MOST_SAMPLES];
    // Silence counts: without messages the window follows our clock, and the speed falls to 0.
    const end = Math.max(last, now + this.#ahead - SLACK_MS);
    const from = Math.max(end - WINDOW_MS, this.#timestamps[oldest % MOST_SAMPLES]);
    if (end - from < LEAST_SPAN_MS) {
      return null;
    }
    let bytes = 0;
    for (let i = this.#count - 1; i > oldest; i -= 1) {
      const to = this.#timestamps[i % MOST_SAMPLES];
      const since = this.#timestamps[(i - 1) % MOST_SAMPLES];
      if (to <= from) {
        break;
      }
      bytes += this.#sizes[i % MOST_SAMPLES] * (since >= from ? 1 : (to - from) / (to - since));
    }
    return (bytes * 1_000) / (end - from);
  }
}

/** Everything that one page has received for one pair, over all its sessions. */
export class Meter {
  messages = 0;
  bytes = 0;
  /** Messages that the stream skipped because this client was too slow: jumps in the sequence within one session. */
  lost = 0;

  #startedAt = null;
  #lastArrival = null;
  #sessionMessages = 0;
  #sessionStartedAt = 0;
  #expected = null;
  #window = new SpeedWindow();

  /** A session starts. Its sequence and its instance's clock are unrelated to the ones before. */
  session(now) {
    this.#startedAt ??= now;
    this.#sessionStartedAt = now;
    this.#sessionMessages = 0;
    this.#lastArrival = now;
    this.#expected = null;
    this.#window = new SpeedWindow();
  }

  message(sequence, timestamp, bytes, now) {
    this.messages += 1;
    this.bytes += bytes;
    if (this.#expected !== null && sequence > this.#expected) {
      this.lost += sequence - this.#expected;
    }
    this.#expected = sequence + 1;
    this.#sessionMessages += 1;
    this.#lastArrival = now;
    this.#window.add(timestamp, bytes, now);
  }

  speedNow(now) {
    return this.#window.speed(now);
  }

  /** All bytes over all the time since the start, interruptions included; null in the first second. */
  averageSpeed(now) {
    const elapsed = this.elapsed(now);
    return elapsed < LEAST_SPAN_MS ? null : (this.bytes * 1_000) / elapsed;
  }

  /** Since the first session of this page; 0 before it. */
  elapsed(now) {
    return this.#startedAt === null ? 0 : now - this.#startedAt;
  }

  /** How long the session has been silent. */
  silence(now) {
    return this.#lastArrival === null ? 0 : now - this.#lastArrival;
  }

  /** Is the silence longer than this stream's own rhythm explains? */
  isPaused(now) {
    const active = this.#lastArrival - this.#sessionStartedAt;
    const rhythm = this.#sessionMessages === 0 ? 0 : active / this.#sessionMessages;
    return this.silence(now) > Math.max(3_000, 5 * rhythm);
  }
}

/** The growth of a counter of the server, by the times at which the server read it. */
export class CounterRate {
  #reads = [];

  /**
   * @param {number} at
   * @param {number} value
   */
  add(at, value) {
    const last = this.#reads.at(-1);
    if (last !== undefined && at <= last.at) {
      return; // the same reading again
    }
    if (last !== undefined && value < last.value) {
      this.#reads = []; // the instance has restarted
    }
    this.#reads.push({ at, value });
    while (this.#reads.length > 2 && this.#reads[1].at <= at - COUNTER_WINDOW_MS) {
      this.#reads.shift();
    }
  }

  /** Over ten seconds, or since the previous reading if that is longer ago; null before the second reading. */
  get perSecond() {
    if (this.#reads.length < 2) {
      return null;
    }
    const [first, last] = [this.#reads[0], this.#reads.at(-1)];
    return ((last.value - first.value) * 1_000) / (last.at - first.at);
  }
}

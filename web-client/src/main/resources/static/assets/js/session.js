// One client's stream of one pair, independent of the page: it connects, resumes with its token, waits as long as the
// server requires, and reports its state.

import { authorization } from "./access.js";
import { Problem, call } from "./api.js";
import { Meter } from "./rates.js";
import { EventStreamParser } from "./sse.js";
import { SessionToken } from "./token.js";

// The server sends at least a comment every 15 s. A connection without three of them is dead, even if TCP disagrees.
const DEAD_AFTER_MS = 45_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 10_000;
const DEFAULT_RETRY_MS = 5_000;
const LEAST_RETRY_MS = 1_000;
const ANSWER_MS = 10_000;
/** Reasons of an end after which only a person starts again. */
const FINAL = ["closed", "unbound"];
/** Reasons of an end after which the session's token is still good. */
const RESUMABLE = ["drain", "expired"];

/**
 * @typedef {object} State
 * @property {"connecting"|"streaming"|"refused"|"unavailable"|"disconnected"|"ending"|"ended"} name
 * @property {number|null} retryAt its next try, on the clock of `performance.now()`; null for none
 * @property {boolean} [resuming] connecting: with the token of a session
 * @property {Problem} [problem] refused, unavailable, disconnected: why
 * @property {boolean} [inSibling] refused: another tab of this browser has the session
 * @property {"drain"|"lost"|"closed"|"unbound"|"expired"} [reason] ended: why
 *
 * @typedef {object} Listener
 * @property {(state: State) => void} state
 * @property {(session: {instance: string, since: Date, ttl: number}) => void} session a session has begun or was
 *     resumed; ttl is the time in seconds for which the lock outlives a client that vanished
 * @property {(message: Message, bytes: number) => void} message
 *
 * @typedef {{sequence: number, instance: string, timestamp: string, message: string, epoch: number}} Message
 */
export class StreamSession {
  meter = new Meter();

  #path;
  #token;
  #listener;
  #run = new AbortController();
  #claimed;
  #failures = 0;
  #retry = 0;
  #ending = false;
  /** The highest of all sessions here. What comes with a lower one is out of date. */
  #epoch = 0;
  /** Settles when the last request has begun a session, or has failed. */
  #answered = Promise.resolve();

  /** @param {Listener} listener */
  constructor(user, profile, listener) {
    this.#path = `/stream/${encodeURIComponent(user)}/${encodeURIComponent(profile)}`;
    this.#token = new SessionToken(user, profile);
    this.#listener = listener;
  }

  /** Connects now, even if it was connected or waiting. */
  start() {
    this.#run.abort();
    this.#run = new AbortController();
    this.#ending = false;
    this.#keepStreaming(this.#run.signal);
  }

  /** Is there a session that {@link end} can end? */
  get canEnd() {
    return this.#token.value !== null;
  }

  /**
   * Ends the session, if there is one, and frees its lock. A request on its way is answered first: the server may have
   * replaced the token already.
   *
   * @throws {Problem} it could not end, and resumes
   */
  async end() {
    this.#listener.state({ name: "ending", retryAt: null });
    this.#ending = true;
    // A duplicated tab may hold a copy of its sibling's token, and must not end the sibling's session.
    await this.#claimed;
    await Promise.race([this.#answered, new Promise((resolve) => setTimeout(resolve, ANSWER_MS))]);
    // The stream goes first: otherwise it would treat its own end as a broken connection, and return.
    this.#run.abort();
    if (this.canEnd) {
      try {
        await call(this.#path, { method: "DELETE", headers: { "Last-Event-ID": this.#token.value } });
      } catch (error) {
        this.start();
        throw error;
      }
      this.#token.clear();
    }
    this.#listener.state({ name: "ended", reason: "closed", retryAt: null });
  }

  #report(state) {
    if (!this.#ending) {
      this.#listener.state(state);
    }
  }

  async #keepStreaming(stopped) {
    this.#claimed ??= this.#token.claim();
    while (!stopped.aborted) {
      this.#report({ name: "connecting", resuming: this.canEnd, retryAt: null });
      await this.#claimed;
      const state = await this.#stream(stopped);
      if (stopped.aborted) {
        return;
      }
      this.#report(state);
      if (state.retryAt === null) {
        return;
      }
      await until(state.retryAt, stopped);
    }
  }

  /** @returns {Promise<State>} the state after its end */
  async #stream(stopped) {
    const connection = new AbortController();
    let answered;
    this.#answered = new Promise((resolve) => {
      answered = resolve;
    });
    let watchdog = setTimeout(() => connection.abort(), DEAD_AFTER_MS);
    try {
      const token = this.#token.value;
      const request = fetch(this.#path, {
        headers: {
          Accept: "text/event-stream, application/problem+json",
          ...authorization(),
          ...(token && { "Last-Event-ID": token }),
        },
        cache: "no-store",
        signal: AbortSignal.any([stopped, connection.signal]),
      });
      const response = await request.catch((error) => Promise.reject(Problem.unreachable(error)));
      if (response.status === 204) {
        this.#token.clear();
        return { name: "ended", reason: "closed", retryAt: null };
      }
      if (!response.ok) {
        return await this.#refusal(await Problem.of(response));
      }
      const parser = new EventStreamParser();
      for await (const chunk of chunks(response.body)) {
        stopped.throwIfAborted();
        clearTimeout(watchdog);
        watchdog = setTimeout(() => connection.abort(), DEAD_AFTER_MS);
        const events = parser.push(chunk);
        this.#retry = parser.retry ?? this.#retry;
        for (const event of events) {
          const end = this.#take(event);
          answered();
          if (end !== null) {
            return end;
          }
        }
      }
      return this.#disconnected(new Problem(0, "The stream was cut off", "The instance or the network failed."));
    } catch (error) {
      if (stopped.aborted || error instanceof Problem) {
        return this.#disconnected(error);
      }
      throw error;
    } finally {
      clearTimeout(watchdog);
      connection.abort();
      answered();
    }
  }

  /** @returns {State|null} null while the stream continues */
  #take(event) {
    const data = JSON.parse(event.data);
    switch (event.type) {
      case "session":
        if (data.epoch < this.#epoch) {
          return this.#disconnected(new Problem(0, "The session is out of date", "A newer one has begun meanwhile."));
        }
        this.#epoch = data.epoch;
        this.#failures = 0;
        this.#token.set(event.id);
        this.meter.session(performance.now());
        this.#listener.session({ ...data, since: new Date(data.since) });
        this.#report({ name: "streaming", retryAt: null });
        return null;
      case "message":
        if (data.epoch < this.#epoch) {
          return null;
        }
        this.meter.message(data.sequence, Date.parse(data.timestamp), event.bytes, performance.now());
        this.#listener.message(data, event.bytes);
        return null;
      case "end": {
        if (!RESUMABLE.includes(data.reason)) {
          this.#token.clear();
        }
        const wait = Math.max(this.#backoff(), event.retry ?? DEFAULT_RETRY_MS);
        const retryAt = FINAL.includes(data.reason) ? null : performance.now() + wait;
        return { name: "ended", reason: data.reason, retryAt };
      }
      default:
        return null;
    }
  }

  /** @returns {Promise<State>} */
  async #refusal(problem) {
    const wait = problem.retryAfter === null ? this.#backoff() : Math.max(LEAST_RETRY_MS, problem.retryAfter * 1_000);
    const retryAt = performance.now() + wait;
    if (problem.status >= 500 || problem.status === 429) {
      return { name: "unavailable", problem, retryAt };
    }
    if (problem.status === 401) {
      // With another access token, the session can be resumed.
      return { name: "refused", problem, retryAt: null };
    }
    this.#token.clear();
    if (problem.status === 409) {
      return { name: "refused", problem, inSibling: await this.#token.isWithSibling(), retryAt };
    }
    return { name: "refused", problem, retryAt: null };
  }

  /** @returns {State} */
  #disconnected(problem) {
    const retryAt = performance.now() + Math.max(this.#backoff(), this.#retry);
    return { name: this.canEnd ? "disconnected" : "unavailable", problem, retryAt };
  }

  /** Doubles with every failure in a row. Random, so that the clients of a dead instance do not all return at once. */
  #backoff() {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures += 1;
    return longest * (0.5 + Math.random() / 2);
  }
}

async function* chunks(body) {
  const reader = body.getReader();
  const read = () =>
    reader.read().catch((error) => {
      throw new Problem(0, "The stream was cut off", `The instance or the network failed (${error.message}).`);
    });
  for (let piece = await read(); !piece.done; piece = await read()) {
    yield piece.value;
  }
}

/** Waits until that time, or until stopped. */
function until(time, stopped) {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", settle);
      resolve();
    };
    const timer = setTimeout(settle, time - performance.now());
    stopped.addEventListener("abort", settle);
  });
}

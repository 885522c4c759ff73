// Reads the launched pairs in rounds: a bounded number of calls per round, and none while the page is hidden.

import { Problem, call } from "./api.js";

const ROUND_MS = 5_000;
const USERS_PER_ROUND = 30;
// A browser opens six connections per host over HTTP/1.1, and the streams and the rest of the page need some.
const AT_ONCE = 2;

/**
 * @typedef {object} Listener
 * @property {() => string[]} users the users to check now
 * @property {(user: string, profiles: Map<string, Date>) => void} launched the launched profiles of a user, each with
 *     its start
 * @property {(problem: Problem|null) => void} round a round is over, or has failed
 */
export class LaunchedWatch {
  #listener;
  #timer;
  #round = 0;
  #lastRead = new Map();

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    document.addEventListener("visibilitychange", () => this.now());
  }

  /** Starts a round now. */
  async now() {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    if (document.hidden) {
      return;
    }
    const problem = await this.#read(this.#next(), round);
    if (round === this.#round) {
      this.#listener.round(problem);
      this.#timer = setTimeout(() => this.now(), Math.max(ROUND_MS, (problem?.retryAfter ?? 0) * 1_000));
    }
  }

  /** The users that were read the longest time ago. */
  #next() {
    const users = [...new Set(this.#listener.users())];
    this.#lastRead = new Map(users.map((user) => [user, this.#lastRead.get(user) ?? 0]));
    return users.sort((a, b) => this.#lastRead.get(a) - this.#lastRead.get(b)).slice(0, USERS_PER_ROUND);
  }

  async #read(users, round) {
    const queue = users.values();
    const readInTurn = async () => {
      for (const user of queue) {
        const { items } = await call(`/main/login/${encodeURIComponent(user)}`).catch(ofDeletedUser);
        if (round !== this.#round) {
          return;
        }
        this.#lastRead.set(user, performance.now());
        this.#listener.launched(user, new Map(items.map(({ id, since }) => [id, new Date(since)])));
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, readInTurn));
      return null;
    } catch (problem) {
      if (problem instanceof Problem) {
        return problem;
      }
      throw problem;
    }
  }
}

/** A user that was deleted meanwhile has no launched pair. */
function ofDeletedUser(problem) {
  if (problem.status === 404) {
    return { items: [] };
  }
  throw problem;
}

// Who is launched, asked again and again: a bounded number of calls a round, and none while nobody looks.

import { Problem, call } from "./api.js";

const ROUND_MS = 5_000;
const USERS_A_ROUND = 30;
// A browser has six connections to a host over HTTP/1.1; open streams and the rest of the page need theirs.
const AT_ONCE = 2;

/**
 * @typedef {object} Listener
 * @property {() => string[]} users whose launched profiles are of interest now
 * @property {(user: string, profiles: Map<string, Date>) => void} launched since when which profiles of the user are
 * @property {(problem: Problem|null) => void} round a round is over, or was given up
 */
export class LaunchedWatch {
  #listener;
  #timer;
  #round = 0;
  #lastAsked = new Map();

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
    const problem = await this.#ask(this.#next(), round);
    if (round === this.#round) {
      this.#listener.round(problem);
      this.#timer = setTimeout(() => this.now(), Math.max(ROUND_MS, (problem?.retryAfter ?? 0) * 1_000));
    }
  }

  /** Those who were not asked for the longest. */
  #next() {
    const users = [...new Set(this.#listener.users())];
    this.#lastAsked = new Map(users.map((user) => [user, this.#lastAsked.get(user) ?? 0]));
    return users.sort((a, b) => this.#lastAsked.get(a) - this.#lastAsked.get(b)).slice(0, USERS_A_ROUND);
  }

  async #ask(users, round) {
    const queue = users.values();
    const askInTurn = async () => {
      for (const user of queue) {
        const { items } = await call(`/main/login/${encodeURIComponent(user)}`).catch(ofNobody);
        if (round !== this.#round) {
          return;
        }
        this.#lastAsked.set(user, performance.now());
        this.#listener.launched(user, new Map(items.map(({ id, since }) => [id, new Date(since)])));
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
      return null;
    } catch (problem) {
      if (problem instanceof Problem) {
        return problem;
      }
      throw problem;
    }
  }
}

/** Who was deleted meanwhile has nothing launched. */
function ofNobody(problem) {
  if (problem.status === 404) {
    return { items: [] };
  }
  throw problem;
}

// The token of a pair's session. With it, this tab resumes its session at once after a reload. The token is kept in the
// tab's sessionStorage, so no address contains it, and a tab opened by a link does not have it. A *duplicated* tab has
// it, because browsers copy the storage: such a tab queries its siblings first, and drops a token that one of them has.

const SIBLING_ANSWER_MS = 200;
// On a busy machine an answer takes longer. A reloaded tab hardly ever has a copy, and a person waits for its stream.
const CLAIM_MS = performance.getEntriesByType("navigation")[0]?.type === "reload" ? SIBLING_ANSWER_MS : 1_000;

export class SessionToken {
  #key;
  #pair;
  #claimed = false;
  #siblings = new BroadcastChannel("kubescaler.sessions");

  constructor(user, profile) {
    this.#pair = `${user}/${profile}`;
    this.#key = `kubescaler.session:${this.#pair}`;
    this.#siblings.addEventListener("message", ({ data }) => {
      if (data.whoHas === this.#pair && this.#claimed && this.value !== null) {
        this.#siblings.postMessage({ iHave: this.#pair });
      }
    });
  }

  /** @returns {string|null} */
  get value() {
    return sessionStorage.getItem(this.#key);
  }

  set(token) {
    this.#claimed = true;
    sessionStorage.setItem(this.#key, token);
  }

  clear() {
    sessionStorage.removeItem(this.#key);
  }

  /** Must be called before the first use: keeps the token if it is this tab's own, drops a copy. */
  async claim() {
    if (this.value !== null && (await this.isWithSibling(CLAIM_MS))) {
      this.clear();
    }
    this.#claimed = true;
  }

  /** Does another tab of this browser have the session of the pair? */
  isWithSibling(patience = SIBLING_ANSWER_MS) {
    return new Promise((resolve) => {
      const answered = new AbortController();
      const settle = (found) => {
        answered.abort();
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(settle, patience, false);
      this.#siblings.addEventListener(
        "message",
        ({ data }) => {
          if (data.iHave === this.#pair) {
            settle(true);
          }
        },
        { signal: answered.signal },
      );
      this.#siblings.postMessage({ whoHas: this.#pair });
    });
  }
}

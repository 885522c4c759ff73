// The token of a pair's session: what lets this tab, after a reload, take its session over at once. It lives in the
// tab's sessionStorage, so it is in no address and no other tab opened by link has it. A *duplicated* tab has, since
// browsers copy the storage; it asks its siblings first, and lets go of the token when one of them is using it.

const SIBLING_ANSWER_MS = 200;

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

  /** To be called before the first use: keeps the token if it is this tab's own, drops a copy. */
  async claim() {
    if (this.value !== null && (await this.isWithSibling())) {
      this.clear();
    }
    this.#claimed = true;
  }

  /** Has another tab of this browser the pair's session? */
  isWithSibling() {
    return new Promise((resolve) => {
      const answered = new AbortController();
      const settle = (found) => {
        answered.abort();
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(settle, SIBLING_ANSWER_MS, false);
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

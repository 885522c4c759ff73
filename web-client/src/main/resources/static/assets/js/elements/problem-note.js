import { Problem } from "../api.js";
import { element } from "../dom.js";

/** Shows a problem, with a button to try again if that may help. Tries again by itself after `retryAfter`. */
class ProblemNote extends HTMLElement {
  #problem = null;
  #retry;
  #timer;

  connectedCallback() {
    this.setAttribute("role", "alert");
  }

  /**
   * @param {Problem} problem anything else is a bug of the page and is thrown again
   * @param {() => void} [retry]
   */
  show(problem, retry) {
    if (!(problem instanceof Problem)) {
      throw problem;
    }
    clearTimeout(this.#timer);
    this.#retry = retry;
    if (retry && problem.retryAfter !== null) {
      this.#timer = setTimeout(retry, problem.retryAfter * 1_000);
    }
    // The same problem again changes nothing, so the button keeps its focus.
    if (problem.message !== this.#problem?.message) {
      this.replaceChildren(element("strong", {}, problem.title), element("p", {}, problem.detail));
      if (retry) {
        this.append(element("button", { type: "button", click: () => this.#retry() }, "Try again"));
      }
    }
    this.#problem = problem;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#problem = null;
    this.replaceChildren();
  }
}

customElements.define("problem-note", ProblemNote);

import { Problem } from "../api.js";
import { element } from "../dom.js";

/** Says what went wrong, and offers to try again where that may help; does so by itself when it is told when. */
class ProblemNote extends HTMLElement {
  #problem = null;
  #retry;
  #timer;

  connectedCallback() {
    this.setAttribute("role", "alert");
  }

  /**
   * @param {Problem} problem anything else is a mistake in the page, and thrown on
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
    // The same again is no news, and the button keeps its focus.
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

import { Problem } from "../api.js";
import { element } from "../dom.js";

/** Says what went wrong, and offers to try again where that may help. */
class ProblemNote extends HTMLElement {
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
    this.replaceChildren(element("strong", {}, problem.title), element("p", {}, problem.detail));
    if (retry) {
      this.append(element("button", { type: "button", click: retry }, "Try again"));
    }
  }

  clear() {
    this.replaceChildren();
  }
}

customElements.define("problem-note", ProblemNote);

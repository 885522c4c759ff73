import "./problem-note.js";
import { page } from "../api.js";
import { element, isIdle, setIdle, setText } from "../dom.js";

/**
 * A list from main, page by page: `<paged-list src="/main/users" limit="10" label="Users">`. It shows its own content
 * while the list is empty. `entry` turns an item into a `<li>`. The list dispatches "shown" whenever its items change.
 */
class PagedList extends HTMLElement {
  /** @type {(item: {id: string}) => HTMLLIElement} */
  entry;

  #empty = element("div", { class: "empty", hidden: true });
  #items = element("ul", { class: "items" });
  #problem = element("problem-note");
  #previous = element("button", { type: "button", click: () => this.#turn(-1) }, "Previous");
  #position = element("span", { role: "status" });
  #next = element("button", { type: "button", click: () => this.#turn(1) }, "Next");
  #pages = element("nav", { class: "pages", hidden: true }, this.#previous, this.#position, this.#next);

  // The tokens of the pages up to the next one. Main has no tokens that lead back.
  #tokens = [null];
  #at = 0;
  #request = 0;

  connectedCallback() {
    this.#empty.append(...this.childNodes);
    this.#pages.setAttribute("aria-label", `Pages of ${this.getAttribute("label")}`);
    this.append(this.#problem, this.#empty, this.#items, this.#pages);
  }

  /** Reads the first page again. */
  reload() {
    return this.#show(0);
  }

  #turn(step) {
    if (!isIdle(step < 0 ? this.#previous : this.#next)) {
      this.#show(this.#at + step);
    }
  }

  async #show(at) {
    this.#request += 1;
    const request = this.#request;
    this.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await page(this.getAttribute("src"), this.getAttribute("limit"), this.#tokens[at]);
    } catch (problem) {
      if (request === this.#request) {
        this.#problem.show(problem, () => this.#show(at));
      }
      return;
    } finally {
      if (request === this.#request) {
        this.removeAttribute("aria-busy");
      }
    }
    if (request !== this.#request) {
      return;
    }
    this.#problem.clear();
    this.#at = at;
    this.#tokens.length = at + 1;
    if (answer.next !== null) {
      this.#tokens.push(answer.next);
    }
    this.#items.replaceChildren(...answer.items.map(this.entry));
    this.#empty.hidden = at > 0 || answer.items.length > 0;
    this.#pages.hidden = at === 0 && answer.next === null;
    setText(this.#position, `Page ${at + 1}`);
    setIdle(this.#previous, at === 0);
    setIdle(this.#next, answer.next === null);
    this.dispatchEvent(new Event("shown", { bubbles: true }));
  }
}

customElements.define("paged-list", PagedList);

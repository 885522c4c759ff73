import { element } from "../dom.js";
import { PairLink } from "./pair-link.js";

const FIRST = 6;

/** The pairs of one user or one profile: the first few, and a button for the rest. */
export class PairList extends HTMLElement {
  #ids = [];

  /** @param {{user: string}|{profile: string}} owner */
  static of(owner) {
    const list = document.createElement("pair-list");
    list.owner = owner;
    return list;
  }

  /** @param {string[]} ids of the profiles of the user, or of the users of the profile */
  show(ids) {
    this.#ids = ids;
    this.replaceChildren();
    ids.slice(0, FIRST).forEach((id) => this.#add(id));
    if (ids.length > FIRST) {
      const expand = () => this.#expand(more);
      const more = element("button", { type: "button", class: "more", click: expand }, `${ids.length - FIRST} more`);
      this.append(more);
    }
  }

  /** Shows a pair even if it is among the rest. */
  reveal(id) {
    if (this.#links.every((link) => this.#idOf(link) !== id)) {
      this.#add(id);
    }
  }

  get #links() {
    return [...this.querySelectorAll("pair-link")];
  }

  #expand(more) {
    const here = new Set(this.#links.map((link) => this.#idOf(link)));
    const rest = this.#ids.filter((id) => !here.has(id));
    more.remove();
    rest.forEach((id) => this.#add(id));
    this.#links.at(-rest.length)?.querySelector("a").focus();
    this.dispatchEvent(new Event("shown", { bubbles: true }));
  }

  #add(id) {
    const { user, profile } = this.owner;
    this.append(user === undefined ? PairLink.of(id, profile, "user") : PairLink.of(user, id, "profile"));
  }

  #idOf(link) {
    return this.owner.user === undefined ? link.user : link.profile;
  }
}

customElements.define("pair-list", PairList);

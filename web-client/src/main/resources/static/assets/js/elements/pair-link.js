import { pairPath } from "../api.js";
import { element, setText } from "../dom.js";
import { roughly, shortId } from "../format.js";

/** The link to the stream of a pair, named after its profile or its user; it shows whether the pair is launched. */
export class PairLink extends HTMLElement {
  #launched = element("span", { class: "launched" });

  /** @param {"user"|"profile"} named the one that names the link */
  static of(user, profile, named) {
    const link = document.createElement("pair-link");
    link.user = user;
    link.profile = profile;
    link.named = named;
    return link;
  }

  connectedCallback() {
    const shown = this.named === "user" ? this.user : this.profile;
    const context =
      this.named === "user"
        ? `Stream of profile ${shortId(this.profile)}, user `
        : `Stream of user ${shortId(this.user)}, profile `;
    this.replaceChildren(
      element(
        "a",
        { href: pairPath(this.user, this.profile), title: shown },
        element("span", { class: "visually-hidden" }, context),
        element("code", {}, shortId(shown)),
        this.#launched,
      ),
    );
  }

  /** @param {Date|null} since null while the pair is not launched */
  set launched(since) {
    this.classList.toggle("is-launched", since !== null);
    setText(this.#launched, since === null ? "" : ` live for ${roughly(Date.now() - since)}`);
  }
}

customElements.define("pair-link", PairLink);

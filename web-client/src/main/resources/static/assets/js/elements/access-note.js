import { UNIDENTIFIED, setAccessToken } from "../access.js";
import { caller } from "../caller.js";
import { element } from "../dom.js";

/** Shows who may call and who calls, and asks for an access token when a call needs one. */
class AccessNote extends HTMLElement {
  async connectedCallback() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", "Access");
    document.addEventListener(UNIDENTIFIED, ({ detail: problem }) => this.#ask(problem.detail));
    const { access, user, admin } = await caller;
    // Everything there needs an administrator.
    document.querySelectorAll("[data-for=admin]").forEach((part) => (part.hidden = !admin));
    if (access === "open") {
      this.replaceChildren(element("p", {}, "Access is open: anybody may open and end any stream."));
    } else if (user !== null) {
      this.replaceChildren(
        element("p", {}, admin ? "Administrator " : "User ", element("code", {}, user)),
        element("button", { type: "button", click: () => this.#use(null) }, "Forget the access token"),
      );
    } else if (access === "token") {
      this.#ask("This platform needs an access token.");
    }
  }

  /** @param {string} why */
  #ask(why) {
    if (this.querySelector("form") !== null) {
      return; // what was typed stays
    }
    const input = element("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true });
    const submit = (event) => {
      event.preventDefault();
      this.#use(input.value.trim());
    };
    this.replaceChildren(
      element(
        "form",
        { submit },
        element("p", { role: "alert" }, why),
        element("label", {}, "Access token", input),
        element("button", { class: "primary" }, "Use"),
      ),
    );
  }

  #use(token) {
    setAccessToken(token);
    location.reload();
  }
}

customElements.define("access-note", AccessNote);

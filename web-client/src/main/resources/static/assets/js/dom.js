// Building and updating the page. Data only ever becomes text or an attribute, never markup.

/**
 * @param {string} tag
 * @param {Record<string, string|boolean|Function>} attributes a function is a listener for the event of that name
 * @param {...(Node|string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(name, value);
    } else if (typeof value === "boolean") {
      node.toggleAttribute(name, value);
    } else {
      node.setAttribute(name, value);
    }
  }
  node.append(...children);
  return node;
}

/** Touches the page only when the text is another one: screen readers and layout are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** For the keyboard's sake a button that has nothing to do now keeps its focus, unlike one that is `disabled`. */
export function setIdle(button, idle) {
  if (idle) {
    button.setAttribute("aria-disabled", "true");
  } else {
    button.removeAttribute("aria-disabled");
  }
}

export function isIdle(button) {
  return button.getAttribute("aria-disabled") === "true";
}

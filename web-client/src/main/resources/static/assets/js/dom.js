// Builds and updates the page. Data becomes text or an attribute, never markup.

/**
 * @param {string} tag
 * @param {Record<string, string|boolean|Function>} attributes a function becomes a listener for the event of that name
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

/** Changes the page only if the text differs: screen readers stay quiet, and there is no new layout. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Marks a button as disabled without `disabled`, which would take the keyboard focus away. */
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

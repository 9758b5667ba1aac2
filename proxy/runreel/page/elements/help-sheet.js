import { createElement, replaceChildren } from "../base/dom.js";
import { listActiveBindings } from "../base/keys.js";

const TITLES = /** @type {Record<string, string>} */ ({ everywhere: "Everywhere" });
const NAMES = /** @type {Record<string, string>} */ ({
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  PageDown: "PgDn",
  PageUp: "PgUp",
  " ": "Space",
});

/** The keys of the current view, from the table that handles them. */
export class HelpSheet extends HTMLElement {
  #dialog = createElement("dialog", {
    class: "dialog help-sheet",
    "aria-labelledby": "help-title",
  });

  connectedCallback() {
    if (this.firstChild === null) this.append(this.#dialog);
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key === "?") this.#dialog.close();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  open() {
    const close = createElement(
      "button",
      { class: "button", onclick: () => this.#dialog.close() },
      "Close",
    );
    replaceChildren(
      this.#dialog,
      createElement("header", {}, createElement("h2", { id: "help-title" }, "Keyboard"), close),
      createElement("div", { class: "help-sheet-columns" }, ...buildSections()),
    );
    this.#dialog.showModal();
  }
}

/** @returns {HTMLElement[]} */
function buildSections() {
  const bindings = listActiveBindings();
  const scopes = [...new Set(bindings.map((binding) => binding.scope))];
  return scopes.map((scope) => {
    const entries = bindings.filter((binding) => binding.scope === scope).map(buildEntry);
    const title = createElement("h3", {}, TITLES[scope] ?? "In this view");
    return createElement("section", {}, title, createElement("dl", {}, ...entries));
  });
}

/**
 * @param {import("../base/key-table.js").KeyBinding} binding
 * @returns {HTMLElement}
 */
function buildEntry(binding) {
  const keys = binding.keys.flatMap((key, index) =>
    index === 0 ? buildKeys(key) : [" ", ...buildKeys(key)],
  );
  return createElement(
    "div",
    {},
    createElement("dt", {}, ...keys),
    createElement("dd", {}, binding.text),
  );
}

/**
 * @param {string} sequence
 * @returns {HTMLElement[]}
 */
function buildKeys(sequence) {
  const keys = sequence === " " ? [" "] : sequence.split(" ");
  return keys.map((key) => createElement("kbd", {}, NAMES[key] ?? key));
}

customElements.define("help-sheet", HelpSheet);

import { createElement, replaceChildren } from "../base/dom.js";
import { formatPlural } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { copyWithNotice } from "./copy-menu.js";
import { showNotice } from "./notice-list.js";

/**
 * @typedef {object} RuleProposal the answer of `/-/api/x/RECORDING/N/rule`
 * @property {string} text
 * @property {string | null} path
 * @property {string | null} toml null if no rule can be proposed
 * @property {string} explanation
 * @property {number | null} would_match
 */

/** The rule that would redact what is selected, ready to paste. */
export class RulePanel extends HTMLElement {
  #toml = "";

  connectedCallback() {
    this.setAttribute("role", "status");
    if (this.firstChild === null) this.clear();
  }

  clear() {
    this.#toml = "";
    const hint =
      "Select any text, with the mouse or with Shift and the arrow keys: here is the rule that would redact it.";
    replaceChildren(this, createElement("p", { class: "muted" }, hint));
  }

  /** @param {Error} error */
  setError(error) {
    this.#toml = "";
    replaceChildren(
      this,
      createElement("p", { class: "rule-panel-error" }, ...showLine(error.message)),
    );
  }

  /** @param {RuleProposal} rule */
  setRule({ text, path, toml, explanation, would_match: count }) {
    this.#toml = toml ?? "";
    const matches = count ? `It matches ${formatPlural(count, "value")} of this exchange.` : "";
    const title = createElement(
      "h3",
      {},
      "A rule for ",
      createElement("code", {}, showLine(shorten(text))),
      path &&
        createElement(
          "span",
          { class: "muted" },
          " at ",
          createElement("code", {}, showLine(path)),
        ),
    );
    const heading = createElement("header", { class: "rule-panel-heading" }, title);
    const note = createElement("p", { class: "muted" }, showLine(`${explanation} ${matches}`));
    if (toml === null) {
      replaceChildren(this, heading, note);
      return;
    }
    heading.append(this.#buildCopy());
    const lines = createElement("pre", { class: "copied-lines" }, showBlock(toml));
    replaceChildren(this, heading, lines, note);
  }

  /** Copy the lines; tell if there are none. */
  async copy() {
    if (this.#toml !== "") await copyWithNotice(this.#toml, "The rule, for config.toml");
    else showNotice("Select a text first: then its rule can be copied.");
  }

  #buildCopy() {
    return createElement(
      "button",
      { class: "button button-main", onclick: () => void this.copy() },
      "Copy the rule",
    );
  }
}

/** @param {string} text */
function shorten(text) {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

customElements.define("rule-panel", RulePanel);

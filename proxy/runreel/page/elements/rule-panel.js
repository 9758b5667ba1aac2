import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { copyWithNotice } from "./copy-menu.js";
import { showNotice } from "./notice-list.js";

/**
 * @typedef {object} RuleProposal the answer of `/-/api/x/RECORDING/N/rule`
 * @property {string} text
 * @property {string} path
 * @property {string} toml
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
  setRule(rule) {
    this.#toml = rule.toml;
    const title = createElement(
      "h3",
      {},
      "A rule for ",
      createElement("code", {}, ...showLine(shorten(rule.text))),
    );
    const place =
      rule.path &&
      createElement(
        "span",
        { class: "muted" },
        " at ",
        createElement("code", {}, ...showLine(rule.path)),
      );
    const matches =
      rule.would_match === null
        ? ""
        : `It would match ${formatCount(rule.would_match)} in this exchange. `;
    replaceChildren(
      this,
      createElement(
        "header",
        { class: "rule-panel-heading" },
        createElement("div", {}, title, place || null),
        this.#buildCopy(),
      ),
      createElement("pre", { class: "copied-lines" }, ...showBlock(rule.toml)),
      createElement("p", { class: "muted" }, matches, ...showLine(rule.explanation)),
    );
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

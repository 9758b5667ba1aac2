import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount, formatPlural } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { DiffExchangeCard } from "./diff-exchange.js";

/**
 * @typedef {import("../base/types.js").DiffDocument} DiffDocument
 * @typedef {{a: string, b: string, withEqual: boolean, withTimes: boolean}} DiffOptions
 */

/**
 * What is compared, the verdict, and the first place where both sides part. Dispatches `swap`,
 * `equal` and `timing` when their buttons are pressed.
 */
export class DiffHeading extends HTMLElement {
  /**
   * @param {DiffDocument} document
   * @param {DiffOptions} options
   */
  setDocument(document, options) {
    replaceChildren(
      this,
      this.#buildSides(options),
      this.#buildVerdict(document, options),
      buildFirst(document),
    );
  }

  /**
   * @param {DiffOptions} options
   * @returns {HTMLElement}
   */
  #buildSides({ a, b }) {
    const swap = this.#buildButton("swap", "Swap", { title: "Swap A and B (s)" });
    return createElement(
      "h1",
      { class: "diff-heading-sides" },
      buildSide("A", a),
      buildSide("B", b),
      swap,
    );
  }

  /**
   * @param {DiffDocument} document
   * @param {DiffOptions} options
   * @returns {HTMLElement}
   */
  #buildVerdict({ verdict, counts, renames }, { withEqual, withTimes }) {
    const ids = Object.keys(renames).length;
    const pairs = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const facts = [
      ...(pairs > 1 ? listCounts(counts) : []),
      ...(ids > 0 ? [`${formatPlural(ids, "id")} renamed, which is no difference`] : []),
    ];
    return createElement(
      "div",
      { class: "diff-heading-verdict" },
      createElement("strong", { class: "diff-verdict", "data-verdict": verdict }, verdict),
      createElement("span", { class: "muted" }, facts.join(" · ")),
      this.#buildButton("equal", "Equal ones too", { "aria-pressed": String(withEqual) }),
      this.#buildButton("timing", "Times too", { "aria-pressed": String(withTimes) }),
    );
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {Record<string, string>} attributes
   * @returns {HTMLElement}
   */
  #buildButton(name, text, attributes) {
    const onclick = () => this.dispatchEvent(new CustomEvent(name));
    return createElement(
      "button",
      { class: "button", type: "button", ...attributes, onclick },
      text,
    );
  }
}

/**
 * @param {string} letter
 * @param {string} side
 * @returns {HTMLElement}
 */
function buildSide(letter, side) {
  const attributes = { class: `diff-heading-side diff-heading-${letter.toLowerCase()}` };
  return createElement("span", attributes, createElement("b", {}, letter), ...showLine(side));
}

/**
 * @param {Record<string, number>} counts
 * @returns {string[]}
 */
function listCounts(counts) {
  const names = ["behaviour", "wording", "equivalent", "identical"];
  return names
    .filter((name) => (counts[name] ?? 0) > 0)
    .map((name) => `${formatCount(counts[name])} ${name}`);
}

/**
 * @param {DiffDocument} document
 * @returns {HTMLElement}
 */
function buildFirst({ first, exchanges, left_side: left, right_side: right }) {
  if (first === null) {
    const text = "They do the same: nothing differs but ids, moments and the pieces of texts.";
    return createElement("p", { class: "diff-heading-first diff-heading-same" }, text);
  }
  const { left: a, right: b, ...change } = first;
  const pair = exchanges.find((exchange) => exchange.left === a && exchange.right === b);
  const shown = {
    left: a,
    right: b,
    call: pair?.call ?? "",
    verdict: change.verdict,
    notes: [],
    renamed: 0,
    changes: [change],
  };
  const card = new DiffExchangeCard();
  card.setExchange(shown, left, right);
  return createElement(
    "section",
    { class: "diff-heading-first" },
    createElement("h2", {}, "They part here"),
    card,
  );
}

customElements.define("diff-heading", DiffHeading);

import { createElement, replaceChildren } from "../base/dom.js";
import { showBlock, showLine } from "../base/visible.js";

/**
 * @typedef {[operation: "=" | "-" | "+", text: string]} WordSpan
 *
 * @typedef {object} RequestDifference one place where a request differs from the recorded one
 * @property {string} path
 * @property {"changed" | "added" | "removed" | "reordered"} kind
 * @property {string} recorded
 * @property {string} sent
 * @property {string} within
 * @property {string} volatile
 * @property {WordSpan[]} [spans]
 * @property {string[]} [lines]
 * @property {boolean} [ignored_by_proposal] if it does not count any more with the proposed lines
 */

/** A place where two requests differ: both values, with the words that differ marked. */
export class DifferenceCard extends HTMLElement {
  /** @param {RequestDifference} difference */
  setDifference(difference) {
    const { path, within, volatile: kind, ignored_by_proposal: isSettled } = difference;
    this.tabIndex = -1;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", `Difference in ${path}`);
    const notes = [
      within && `in ${within}`,
      kind && `changes each time: ${kind}`,
      isSettled && "the lines below settle it",
    ];
    replaceChildren(
      this,
      createElement(
        "header",
        { class: "difference-card-heading" },
        createElement("code", { class: "difference-card-path" }, ...showLine(path)),
        createElement("span", { class: "muted" }, ...showLine(notes.filter(Boolean).join(" · "))),
      ),
      buildComparison(difference),
    );
  }
}

/** @param {RequestDifference} difference */
function buildComparison(difference) {
  const { kind, spans, lines, recorded, sent } = difference;
  if (kind === "reordered") return createElement("p", {}, "The same elements in another order.");
  if (lines && lines.length > 0) {
    return createElement("pre", { class: "difference-card-lines" }, lines.map(buildLine));
  }
  if (spans && spans.length > 0) {
    return createElement(
      "div",
      {},
      buildSide("recorded", "-", spans),
      buildSide("sent", "+", spans),
    );
  }
  return createElement(
    "div",
    {},
    buildValue("recorded", recorded, kind === "added"),
    buildValue("sent", sent, kind === "removed"),
  );
}

/**
 * @param {string} label
 * @param {"-" | "+"} own the operation of the words that this side alone has
 * @param {WordSpan[]} spans
 */
function buildSide(label, own, spans) {
  const words = spans
    .filter(([operation]) => operation === "=" || operation === own)
    .map(([operation, text]) =>
      operation === "="
        ? createElement("span", {}, ...showBlock(text))
        : createElement(own === "-" ? "del" : "ins", {}, ...showBlock(text)),
    );
  return buildRow(label, words);
}

/**
 * @param {string} label
 * @param {string} value
 * @param {boolean} isMissing if the value says that there is none
 */
function buildValue(label, value, isMissing) {
  return buildRow(label, [
    createElement("span", { class: isMissing && "muted" }, showBlock(value)),
  ]);
}

/**
 * @param {string} label
 * @param {Node[]} content
 */
function buildRow(label, content) {
  return createElement(
    "div",
    { class: `difference-card-row difference-card-${label}` },
    createElement("span", { class: "difference-card-label" }, label),
    createElement("div", { class: "difference-card-value", dir: "auto" }, content),
  );
}

/** @param {string} line */
function buildLine(line) {
  const tag = line.startsWith("-") ? "del" : line.startsWith("+") ? "ins" : "span";
  return createElement(tag, {}, ...showBlock(`${line}\n`));
}

customElements.define("difference-card", DifferenceCard);

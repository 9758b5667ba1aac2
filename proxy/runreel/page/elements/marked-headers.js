import { createElement, replaceChildren } from "../base/dom.js";
import { showLine } from "../base/visible.js";

/**
 * @typedef {import("./redaction-list.js").RedactionMark} RedactionMark
 * @typedef {import("../model/types.js").ExchangeDocument} ExchangeDocument
 */

/** What is redacted outside of a body: in the path and in headers. */
export class MarkedHeaders extends HTMLElement {
  /**
   * @param {RedactionMark[]} marks
   * @param {import("../model/types.js").BodyPart} part
   * @param {ExchangeDocument | null} exchange
   */
  setMarks(marks, part, exchange) {
    const others = marks.filter((mark) => mark.part === part && findSpan(mark) === null);
    const own = [
      ...new Map(others.map((mark) => [`${mark.where} ${mark.placeholder}`, mark])).values(),
    ];
    replaceChildren(this, exchange === null ? [] : own.map((mark) => buildLine(mark, exchange)));
    this.hidden = own.length === 0;
  }
}

/**
 * @param {RedactionMark} mark
 * @param {ExchangeDocument} exchange
 */
function buildLine(mark, exchange) {
  const name = createElement("span", { class: "muted" }, showLine(`${mark.where}: `));
  const text = findText(mark, exchange);
  const at = text.indexOf(mark.placeholder);
  const end = at + mark.placeholder.length;
  return createElement(
    "p",
    {},
    name,
    showLine(text.slice(0, Math.max(0, at))),
    createElement("mark", {}, showLine(mark.placeholder)),
    at < 0 ? null : showLine(text.slice(end)),
  );
}

/**
 * @param {RedactionMark} mark
 * @param {ExchangeDocument} exchange
 */
function findText({ where, part, placeholder }, exchange) {
  if (where === "target") return exchange.target;
  const name = where.replace("headers.", "");
  const header = exchange[part].headers.find(
    ([each, value]) => each.toLowerCase() === name && value.includes(placeholder),
  );
  return header?.[1] ?? "";
}

/**
 * Return the bytes of a mark in its body; null if it is not in a body.
 *
 * @param {RedactionMark} mark
 * @returns {[number, number] | null}
 */
export function findSpan({ offset, length, where }) {
  return where === "body" ? [offset, offset + length] : null;
}

customElements.define("marked-headers", MarkedHeaders);

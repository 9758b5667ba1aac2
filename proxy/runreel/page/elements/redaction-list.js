import { createElement, replaceChildren, setAttribute } from "../base/dom.js";
import { formatCount, formatPlural } from "../base/format.js";
import { showLine } from "../base/visible.js";

/**
 * @typedef {object} RedactionMark a placeholder in a recorded exchange
 * @property {"request" | "answer"} part
 * @property {string} where "target", "headers.NAME" or "body"
 * @property {number} offset in the body, the target or the header
 * @property {number} length
 * @property {string} placeholder
 * @property {string | null} rule null if several rules may have put it there
 * @property {string} kind
 */

/** Marks that are listed at once. */
const MARKS_AT_ONCE = 500;

/** The placeholders of an exchange, by their rules. Dispatches `mark-select` with an index. */
export class RedactionList extends HTMLElement {
  /** @type {RedactionMark[]} */
  marks = [];
  current = -1;
  #shown = 0;
  #list = createElement("ol", { class: "redaction-list-marks" });

  connectedCallback() {
    if (this.firstChild === null) this.append(this.#list);
  }

  /** @param {RedactionMark[]} marks */
  setMarks(marks) {
    this.marks = marks;
    this.current = -1;
    this.#shown = 0;
    replaceChildren(this.#list);
    this.#addMarks();
  }

  /**
   * Make a mark the current one, and scroll to it.
   *
   * @param {number} index
   */
  setCurrent(index) {
    while (index >= this.#shown && this.#shown < this.marks.length) this.#addMarks();
    this.current = index;
    for (const [at, item] of [...this.#list.querySelectorAll("button[data-index]")].entries()) {
      setAttribute(item, "aria-pressed", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    }
  }

  #addMarks() {
    this.#list.querySelector(".redaction-list-more")?.remove();
    const part = this.marks.slice(this.#shown, this.#shown + MARKS_AT_ONCE);
    this.#list.append(...part.map((mark, at) => this.#buildMark(mark, this.#shown + at)));
    this.#shown += part.length;
    const rest = this.marks.length - this.#shown;
    if (rest === 0) return;
    const more = { class: "button", onclick: () => this.#addMarks() };
    this.#list.append(
      createElement(
        "li",
        { class: "redaction-list-more" },
        createElement("button", more, `${formatCount(rest)} more`),
      ),
    );
  }

  /**
   * @param {RedactionMark} mark
   * @param {number} index
   */
  #buildMark(mark, index) {
    const select = () => this.dispatchEvent(new CustomEvent("mark-select", { detail: index }));
    return createElement(
      "li",
      {},
      createElement(
        "button",
        {
          class: "redaction-list-mark",
          "data-index": index,
          "aria-pressed": "false",
          onclick: select,
        },
        createElement(
          "code",
          { class: "redaction-list-placeholder" },
          ...showLine(mark.placeholder),
        ),
        createElement(
          "span",
          { class: "redaction-list-rule" },
          ...showLine(mark.rule ?? mark.kind),
        ),
        createElement(
          "span",
          { class: "redaction-list-where muted" },
          ...showLine(`${mark.part} ${mark.where}`),
        ),
      ),
    );
  }
}

/**
 * Return how many placeholders there are, in words.
 *
 * @param {RedactionMark[]} marks
 */
export function describeMarks(marks) {
  const rules = new Set(marks.map((mark) => mark.rule ?? mark.kind));
  if (marks.length === 0) return "Nothing is redacted in this exchange.";
  return `${formatPlural(marks.length, "placeholder")} of ${formatPlural(rules.size, "rule")}`;
}

customElements.define("redaction-list", RedactionList);

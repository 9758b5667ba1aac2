import { createElement } from "../base/dom.js";
import { showBlock } from "../base/visible.js";

/**
 * Words that are equal ("="), only in A ("-") or only in B ("+").
 *
 * @typedef {[operation: string, text: string]} WordSpan
 */

/**
 * Return nodes for a comparison by words.
 *
 * @param {WordSpan[]} spans
 * @returns {HTMLElement[]}
 */
export function showWordSpans(spans) {
  return spans.map(([operation, text]) => {
    const tag = operation === "-" ? "del" : operation === "+" ? "ins" : "span";
    return createElement(tag, {}, ...showBlock(text));
  });
}

import { createElement } from "./dom.js";

/**
 * Make characters visible that hide, reorder or forge text: controls, bidirectional overrides,
 * invisible and tag characters, halves of surrogate pairs. The notation is that of runreel's
 * commands, such as \x1b and \u202e.
 */

const HIDDEN =
  // eslint-disable-next-line no-control-regex -- these are what has to be found
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/**
 * Return nodes that show a text of several lines: line feeds and tabs are kept.
 *
 * @param {string} text
 * @returns {(Text | HTMLElement)[]}
 */
export function showBlock(text) {
  return splitVisible(text).map(({ text: piece, escape }) =>
    escape === "" ? new Text(piece) : showEscape(escape),
  );
}

/**
 * Return nodes that show a text on one line.
 *
 * @param {string} text
 * @returns {(Text | HTMLElement)[]}
 */
export function showLine(text) {
  return showBlock(text.replace(/[\n\t]/g, " "));
}

/**
 * Return a text for one line, for attributes and other places that hold no elements.
 *
 * @param {string} text
 * @returns {string}
 */
export function escapeLine(text) {
  return text.replace(HIDDEN, escapeCharacter);
}

/**
 * Split a text into pieces; `escape` is what to show in the place of a hidden character, "" for text
 * that can be shown as it is. Line feeds and tabs can be.
 *
 * @param {string} text
 * @returns {{text: string, escape: string}[]}
 */
export function splitVisible(text) {
  const pieces = [];
  let start = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match[0] === "\n" || match[0] === "\t") continue;
    if (match.index > start) pieces.push({ text: text.slice(start, match.index), escape: "" });
    pieces.push({ text: match[0], escape: escapeCharacter(match[0]) });
    start = match.index + match[0].length;
  }
  if (start < text.length) pieces.push({ text: text.slice(start), escape: "" });
  return pieces;
}

/**
 * @param {string} escape
 * @returns {HTMLElement}
 */
function showEscape(escape) {
  return createElement("span", { class: "visible-mark" }, escape);
}

/**
 * @param {string} character
 * @returns {string}
 */
function escapeCharacter(character) {
  const code = /** @type {number} */ (character.codePointAt(0));
  if (code === 0x0a) return "\\n";
  if (code === 0x09) return "\\t";
  if (code === 0x0d) return "\\r";
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

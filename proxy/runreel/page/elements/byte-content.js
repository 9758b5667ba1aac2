import { createElement } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { formatHexRows, HEX_ROW, parseHex } from "../model/byte-rows.js";
import { tryParseJson } from "../model/json-text.js";
import { JsonTree } from "./json-tree.js";

/**
 * @typedef {import("../base/types.js").ByteRange} ByteRange
 * @typedef {import("../model/types.js").ByteSelection} ByteSelection
 * @typedef {[start: number, end: number]} ByteSpan
 */

/** Bytes that are shown as hexadecimal digits. */
const HEX_SIZE = 4096;

/**
 * Return the marks of a selection as offsets into a range of its bytes.
 *
 * @param {ByteSelection} selection
 * @param {ByteRange} range
 * @returns {ByteSpan[]}
 */
export function clipMarks({ marks }, { from, to }) {
  return marks
    .filter(([start, end]) => start < to && end > from)
    .map(([start, end]) => [Math.max(start, from) - from, Math.min(end, to) - from]);
}

/**
 * Build rows of hexadecimal digits; those with a mark are marked.
 *
 * @param {ByteSelection} selection
 * @param {ByteRange} range
 * @returns {HTMLElement}
 */
export function buildHex(selection, range) {
  const bytes =
    range.hex === undefined ? new TextEncoder().encode(range.text) : parseHex(range.hex);
  const marks = clipMarks(selection, range);
  const rows = formatHexRows(bytes.subarray(0, HEX_SIZE), range.from).map(
    ({ offset, hex, ascii }) => {
      const at = offset - range.from;
      const isMarked = marks.some(([start, end]) => start < at + HEX_ROW && end > at);
      const place = offset.toString(16).padStart(8, "0");
      const label = createElement("span", { class: "byte-pane-offset" }, place);
      return createElement(
        "div",
        { class: isMarked && "byte-pane-marked" },
        label,
        ` ${hex} ${ascii}`,
      );
    },
  );
  const rest = bytes.length - HEX_SIZE;
  const note = `${formatCount(rest)} more bytes: see them as text, or save the raw answer`;
  return createElement(
    "div",
    { class: "byte-pane-hex" },
    rows,
    rest > 0 && createElement("p", { class: "muted" }, note),
  );
}

/**
 * Build a tree of the JSON in a selection, or say why there is none.
 *
 * @param {ByteSelection} selection
 * @param {ByteRange} range
 * @returns {HTMLElement}
 */
export function buildJson(selection, range) {
  const isWhole = range.from <= selection.from && range.to >= selection.to;
  const text = selection.json ?? (isWhole ? range.text : undefined);
  const value = tryParseJson(text);
  if (value === undefined) {
    const reason =
      text === undefined ? "It is too long for a tree; see it as text." : "This is not JSON.";
    return createElement("p", { class: "muted" }, reason);
  }
  const tree = new JsonTree();
  tree.setValue(value, { open: 2 });
  return tree;
}

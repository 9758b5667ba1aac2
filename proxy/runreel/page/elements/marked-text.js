import { createElement } from "../base/dom.js";
import { splitVisible } from "../base/visible.js";
import { alignUnit, countBelow, findBreak } from "../model/text-offsets.js";

/** Code units that are shown at once; a longer text is shown through a window of this size. */
const TEXT_WINDOW = 131072;

/** Code units of a window that stand before the place it was opened for. */
const TEXT_LEAD = 16384;

/** Code units in one text node, at most. */
const NODE_SIZE = 4096;

/**
 * A part of the shown text: where it begins in the recorded text, how much of that it stands for,
 * and its node. An escape stands for one character that cannot be seen.
 *
 * @typedef {{start: number, length: number, node: Text, isEscape: boolean}} TextPart
 */

/**
 * A recorded text whose characters keep their offsets (in code units), whatever is shown in their
 * place. Dispatches `window-change`.
 */
export class MarkedText extends HTMLElement {
  text = "";
  from = 0;
  to = 0;
  /** @type {TextPart[]} */
  #parts = [];
  /** @type {number[]} */
  #starts = [];
  /** @type {Map<Node, TextPart>} */
  #byNode = new Map();

  /** @param {string} text */
  setText(text) {
    this.text = text;
    this.showWindow(0);
  }

  /**
   * Show the part of the text that begins at a code unit, or all if it is short.
   *
   * @param {number} from
   */
  showWindow(from) {
    const { length } = this.text;
    const first = length <= TEXT_WINDOW ? 0 : Math.max(0, Math.min(from, length - 1));
    this.from = alignUnit(this.text, first);
    this.to = alignUnit(this.text, Math.min(length, this.from + TEXT_WINDOW));
    this.#parts = [];
    this.#byNode.clear();
    this.replaceChildren();
    let start = this.from;
    for (const { text, escape } of splitVisible(this.text.slice(this.from, this.to))) {
      if (escape === "") this.#addText(start, text);
      else this.#addEscape(start, text, escape);
      start += text.length;
    }
    this.#starts = this.#parts.map((part) => part.start);
    this.dispatchEvent(new CustomEvent("window-change"));
  }

  /** Show the text that follows the window. */
  showLater() {
    this.showWindow(Math.min(this.to, this.text.length) - TEXT_LEAD);
  }

  /** Show the text before the window. */
  showEarlier() {
    this.showWindow(this.from + TEXT_LEAD - TEXT_WINDOW);
  }

  /**
   * Bring a place into the window.
   *
   * @param {number} unit
   */
  reveal(unit) {
    if (unit < this.from || unit >= this.to) this.showWindow(unit - TEXT_LEAD);
  }

  /**
   * Return the range of the document for a range of the text, as far as it is shown.
   *
   * @param {number} start
   * @param {number} end
   */
  createRange(start, end) {
    const range = document.createRange();
    const first = this.#locate(Math.max(start, this.from));
    const last = this.#locate(Math.min(end, this.to));
    range.selectNodeContents(this);
    if (first) range.setStart(...first);
    if (last) range.setEnd(...last);
    return range;
  }

  /**
   * Return the code unit of the text at a place in the document; -1 if it is not in this text.
   *
   * @param {Node} node
   * @param {number} offset
   */
  findUnit(node, offset) {
    const part = this.#byNode.get(node);
    if (part) {
      const within = part.isEscape && offset > 0 ? part.length : offset;
      return part.start + within;
    }
    if (!this.contains(node)) return -1;
    const place = document.createRange();
    place.setStart(node, offset);
    const next = this.#parts.find((each) => place.comparePoint(each.node, 0) >= 0);
    return next ? next.start : this.to;
  }

  /**
   * Return the code unit of the character under a point of the window; -1 if there is none.
   *
   * @param {number} x
   * @param {number} y
   */
  findUnitAt(x, y) {
    const caret = document.caretRangeFromPoint(x, y);
    const unit = caret ? this.findUnit(caret.startContainer, caret.startOffset) : -1;
    // A caret stands before or after the character that was hit.
    return [unit, unit - 1].find((each) => each >= this.from && this.#isUnder(each, x, y)) ?? -1;
  }

  /**
   * @param {number} unit
   * @param {number} x
   * @param {number} y
   */
  #isUnder(unit, x, y) {
    const boxes = [...this.createRange(unit, unit + 1).getClientRects()];
    return boxes.some(
      (box) => box.left <= x && x <= box.right && box.top - 2 <= y && y <= box.bottom + 2,
    );
  }

  /**
   * Return the node and the offset in it of a code unit of the text.
   *
   * @param {number} unit
   * @returns {[Text, number] | null}
   */
  #locate(unit) {
    const part = this.#parts[Math.max(0, countBelow(this.#starts, unit + 1) - 1)];
    if (!part) return null;
    const within = Math.max(0, unit - part.start);
    if (part.isEscape) return [part.node, within > 0 ? part.node.length : 0];
    return [part.node, Math.min(within, part.node.length)];
  }

  /**
   * @param {number} start
   * @param {string} text
   */
  #addText(start, text) {
    let at = 0;
    while (at < text.length) {
      const end = findBreak(text, at + NODE_SIZE);
      const node = new Text(text.slice(at, end));
      this.#addPart({ start: start + at, length: node.length, node, isEscape: false }, node);
      at = end;
    }
  }

  /**
   * @param {number} start
   * @param {string} character
   * @param {string} escape
   */
  #addEscape(start, character, escape) {
    const node = new Text(escape);
    const part = { start, length: character.length, node, isEscape: true };
    this.#addPart(part, createElement("span", { class: "visible-mark" }, node));
  }

  /**
   * @param {TextPart} part
   * @param {Node} shown
   */
  #addPart(part, shown) {
    this.#parts.push(part);
    this.#byNode.set(part.node, part);
    this.append(shown);
  }
}

customElements.define("marked-text", MarkedText);

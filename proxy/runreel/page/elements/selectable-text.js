import { createElement, replaceChildren } from "../base/dom.js";
import { formatBytes, formatCount } from "../base/format.js";
import { countUtf8Bytes, findUnitsOfBytes } from "../model/text-offsets.js";
import { setHighlight } from "./highlights.js";
import { MarkedText } from "./marked-text.js";

/**
 * @typedef {import("../base/types.js").ByteRange} ByteRange
 * @typedef {[start: number, end: number]} ByteSpan
 */

/** Bytes of one request to the API. */
const BODY_WINDOW = 65536;

/** Bytes that are shown before the place that a window is opened for. */
const BODY_LEAD = 4096;

/** Milliseconds after the last change of a selection. */
const SELECTION_DELAY = 200;

/**
 * A body in which text can be selected with the mouse and, because it has a caret, with the
 * keyboard. Nothing can be changed in it. Dispatches `text-select` with a span of bytes, or null.
 */
export class SelectableText extends HTMLElement {
  #text = new MarkedText();
  #field = createElement("div", {
    ...{
      class: "selectable-text-field",
      contenteditable: "true",
      role: "textbox",
      spellcheck: "false",
    },
    ...{
      "aria-readonly": "true",
      "aria-multiline": "true",
      "aria-label": "Recorded body",
      tabindex: "0",
    },
  });
  #window = createElement("p", { class: "byte-pane-window", hidden: true });
  #note = createElement("p", { class: "muted selectable-text-note", hidden: true });
  /** @type {(from: number, to: number) => Promise<ByteRange>} */
  #fetch = () => Promise.reject(new Error("no body"));
  /** @type {ByteRange | null} */
  #range = null;
  /** @type {ByteSpan[]} */
  #marks = [];
  #timer = 0;
  #turn = 0;
  #onSelection = () => this.#waitForSelection();

  connectedCallback() {
    document.addEventListener("selectionchange", this.#onSelection);
    if (this.firstChild !== null) return;
    for (const name of ["beforeinput", "drop", "paste", "cut"]) {
      this.#field.addEventListener(name, (event) => event.preventDefault());
    }
    this.#field.append(this.#text);
    this.append(this.#note, this.#window, this.#field);
  }

  disconnectedCallback() {
    document.removeEventListener("selectionchange", this.#onSelection);
  }

  /**
   * @param {(from: number, to: number) => Promise<ByteRange>} fetchBytes
   * @param {ByteSpan[]} marks what is highlighted
   */
  async setBody(fetchBytes, marks) {
    this.#fetch = fetchBytes;
    this.#marks = marks;
    this.#range = null;
    await this.#load(0);
  }

  /**
   * Scroll to a place, and highlight it more than the others.
   *
   * @param {ByteSpan} span
   */
  async showSpan([start, end]) {
    const isHere = this.#range && start >= this.#range.from && end <= this.#range.to;
    if (!isHere) await this.#load(Math.max(0, start - BODY_LEAD));
    const range = this.#createRange([start, end]);
    setHighlight("current-mark", range ? [range] : []);
    const box = range?.getBoundingClientRect();
    const pane = this.#field.getBoundingClientRect();
    if (box && (box.top < pane.top || box.bottom > pane.bottom)) {
      this.#field.scrollTop += box.top - pane.top - pane.height / 3;
    }
  }

  focusText() {
    this.#field.focus();
    const first = this.#text.firstChild;
    if (first !== null && !this.#field.contains(getSelection()?.anchorNode ?? null)) {
      getSelection()?.collapse(first, 0);
    }
  }

  /** @param {number} from */
  async #load(from) {
    const turn = (this.#turn += 1);
    const range = await this.#fetch(from, from + BODY_WINDOW);
    if (turn !== this.#turn) return;
    this.#range = range;
    this.#text.setText(range.text ?? "");
    this.#note.hidden = range.text !== undefined && range.size > 0;
    this.#note.textContent =
      range.size === 0 ? "There is no body." : "This part of the body is not text.";
    this.#showWindow(range);
    const ranges = this.#marks
      .map((mark) => this.#createRange(mark))
      .filter((each) => each !== null);
    setHighlight("placeholders", ranges);
    setHighlight("current-mark", []);
    this.#field.scrollTop = 0;
  }

  /** @param {ByteRange} range */
  #showWindow(range) {
    this.#window.hidden = range.from === 0 && range.to >= range.size;
    const earlier = {
      class: "button",
      disabled: range.from === 0,
      onclick: () => void this.#load(Math.max(0, range.from - BODY_WINDOW)),
    };
    const later = {
      class: "button",
      disabled: range.to >= range.size,
      onclick: () => void this.#load(range.to),
    };
    const place = `bytes ${formatCount(range.from)} to ${formatCount(range.to)} of ${formatBytes(range.size)}`;
    replaceChildren(
      this.#window,
      place,
      createElement("button", earlier, "Earlier"),
      createElement("button", later, "Later"),
    );
  }

  /**
   * Return the range of the document for a span; null if it is not in the window.
   *
   * @param {ByteSpan} span
   */
  #createRange([start, end]) {
    const range = this.#range;
    if (range?.text === undefined || end <= range.from || start >= range.to) return null;
    const [from = 0, to = 0] = findUnitsOfBytes(range.text, [
      Math.max(0, start - range.from),
      end - range.from,
    ]);
    return this.#text.createRange(from, to);
  }

  #waitForSelection() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#takeSelection(), SELECTION_DELAY);
  }

  #takeSelection() {
    const selection = getSelection();
    if (!selection || selection.rangeCount === 0 || this.#range?.text === undefined) return;
    const range = selection.getRangeAt(0);
    if (
      !this.#text.contains(range.commonAncestorContainer) &&
      range.commonAncestorContainer !== this.#field
    ) {
      return;
    }
    const detail = range.collapsed
      ? null
      : this.#measure(range, this.#range.text, this.#range.from);
    this.dispatchEvent(new CustomEvent("text-select", { detail }));
  }

  /**
   * @param {Range} range
   * @param {string} text
   * @param {number} base
   * @returns {ByteSpan | null}
   */
  #measure(range, text, base) {
    const start = this.#text.findUnit(range.startContainer, range.startOffset);
    const end = this.#text.findUnit(range.endContainer, range.endOffset);
    const from = start < 0 ? 0 : start;
    const to = end < 0 ? text.length : end;
    if (to <= from) return null;
    const first = base + countUtf8Bytes(text.slice(0, from));
    return [first, first + countUtf8Bytes(text.slice(from, to))];
  }
}

customElements.define("selectable-text", SelectableText);

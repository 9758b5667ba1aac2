import { createElement, replaceChildren, setAttribute } from "../base/dom.js";
import { formatBytes, formatCount } from "../base/format.js";
import { findUnitsOfBytes } from "../model/text-offsets.js";
import { buildHex, buildJson, clipMarks } from "./byte-content.js";
import { setHighlight } from "./highlights.js";
import { MarkedText } from "./marked-text.js";

/**
 * @typedef {import("../base/types.js").ByteRange} ByteRange
 * @typedef {import("../model/types.js").ByteSelection} ByteSelection
 * @typedef {"text" | "hex" | "json"} ByteMode
 * @typedef {(selection: ByteSelection, from: number, to: number, signal: AbortSignal) => Promise<ByteRange>} ByteSource
 */

/** Bytes of one request to the API. */
const BYTES_AT_ONCE = 65536;

/** Bytes that are shown before a mark that is far into its range. */
const BYTES_BEFORE_MARK = 512;

const BYTE_MODES = /** @type {[ByteMode, string][]} */ ([
  ["text", "Text"],
  ["hex", "Hex"],
  ["json", "JSON"],
]);

/** The bytes of what is selected, as text, as hexadecimal digits, or as a tree of JSON. */
export class BytePane extends HTMLElement {
  /** @type {ByteSource} */
  #fetch = () => Promise.reject(new Error("There are no bytes."));
  /** @type {ByteSelection | null} */
  #selection = null;
  /** @type {ByteRange | null} */
  #range = null;
  /** @type {ByteMode} */
  #mode = "text";
  #controller = new AbortController();
  #title = createElement("span", { class: "byte-pane-title" });
  #modes = createElement("span", {
    class: "byte-pane-modes",
    role: "group",
    "aria-label": "Show bytes as",
  });
  #window = createElement("p", { class: "byte-pane-window", hidden: true });
  #content = createElement("div", {
    class: "byte-pane-content",
    tabindex: "0",
    role: "region",
    "aria-label": "Bytes of the selection",
  });

  connectedCallback() {
    if (this.firstChild !== null) return;
    const buttons = BYTE_MODES.map(([mode, label]) =>
      createElement(
        "button",
        { class: "button", "data-mode": mode, onclick: () => this.setMode(mode) },
        label,
      ),
    );
    this.#modes.append(...buttons);
    const heading = createElement("h2", {}, "Bytes");
    this.append(
      createElement("header", { class: "pane-heading" }, heading, this.#title, this.#modes),
      this.#window,
      this.#content,
    );
    this.#markMode();
  }

  /** @param {ByteSource} fetchBytes */
  setSource(fetchBytes) {
    this.#fetch = fetchBytes;
    this.clear("Select an event or a word to see its bytes.");
  }

  /** @param {string} text what is said instead of bytes */
  clear(text) {
    this.#controller.abort();
    this.#selection = null;
    this.#range = null;
    this.#title.textContent = "";
    this.#window.hidden = true;
    setHighlight("linked-bytes", []);
    replaceChildren(this.#content, createElement("p", { class: "muted" }, text));
  }

  /** @param {ByteSelection} selection */
  select(selection) {
    if (selection.to === selection.from) {
      this.clear(`The ${selection.part} has no body here.`);
      return;
    }
    this.#selection = selection;
    const mark = selection.marks[0];
    const isFar = mark !== undefined && mark[1] > selection.from + BYTES_AT_ONCE;
    const from = isFar ? Math.max(selection.from, mark[0] - BYTES_BEFORE_MARK) : selection.from;
    void this.#load(selection, from);
  }

  /** @param {ByteMode} mode */
  setMode(mode) {
    this.#mode = mode;
    this.#markMode();
    if (this.#range && this.#selection) this.#show(this.#selection, this.#range);
  }

  /** Show the bytes in the next of the three ways. */
  cycleMode() {
    const at = BYTE_MODES.findIndex(([mode]) => mode === this.#mode);
    const [next] = BYTE_MODES[(at + 1) % BYTE_MODES.length] ?? ["text"];
    this.setMode(next);
  }

  #markMode() {
    for (const button of this.#modes.children) {
      setAttribute(button, "aria-pressed", String(button.getAttribute("data-mode") === this.#mode));
    }
  }

  /**
   * @param {ByteSelection} selection
   * @param {number} from
   */
  async #load(selection, from) {
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      const to = Math.min(selection.to, from + BYTES_AT_ONCE);
      const range = await this.#fetch(selection, from, to, signal);
      if (signal.aborted) return;
      this.#range = range;
      this.#show(selection, range);
    } catch (error) {
      if (!signal.aborted) this.clear(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {ByteSelection} selection
   * @param {ByteRange} range
   */
  #show(selection, range) {
    const { from, to, part, label } = selection;
    const place = `${formatCount(from)}–${formatCount(to)} of ${formatBytes(range.size)}`;
    replaceChildren(this.#title, createElement("b", {}, label), ` ${part} ${place}`);
    this.#showWindow(selection, range);
    setHighlight("linked-bytes", []);
    if (this.#mode === "json") replaceChildren(this.#content, buildJson(selection, range));
    else if (this.#mode === "hex" || range.text === undefined) {
      replaceChildren(this.#content, buildHex(selection, range));
      this.#scrollTo(this.#content.querySelector(".byte-pane-marked"));
    } else this.#showText(selection, range, range.text);
  }

  /**
   * @param {ByteSelection} selection
   * @param {ByteRange} range
   */
  #showWindow(selection, range) {
    const isFirst = range.from <= selection.from;
    const isLast = range.to >= selection.to;
    this.#window.hidden = isFirst && isLast;
    const before = Math.max(selection.from, range.from - BYTES_AT_ONCE);
    const button = (
      /** @type {string} */ text,
      /** @type {boolean} */ disabled,
      /** @type {number} */ from,
    ) =>
      createElement(
        "button",
        { class: "button", disabled, onclick: () => void this.#load(selection, from) },
        text,
      );
    replaceChildren(
      this.#window,
      `bytes ${formatCount(range.from)} to ${formatCount(range.to)}`,
      button("Earlier", isFirst, before),
      button("Later", isLast, range.to),
    );
  }

  /**
   * @param {ByteSelection} selection
   * @param {ByteRange} range
   * @param {string} text
   */
  #showText(selection, range, text) {
    const shown = new MarkedText();
    shown.setText(text);
    replaceChildren(this.#content, shown);
    const ranges = clipMarks(selection, range).map((mark) => {
      const [start = 0, end = 0] = findUnitsOfBytes(text, mark);
      return shown.createRange(start, end);
    });
    setHighlight("linked-bytes", ranges);
    this.#scrollTo(ranges[0] ?? null);
  }

  /** @param {Range | Element | null} place */
  #scrollTo(place) {
    this.#content.scrollTop = 0;
    const pane = this.#content.getBoundingClientRect();
    const box = place?.getBoundingClientRect();
    if (box && box.bottom > pane.bottom) {
      this.#content.scrollTop = box.top - pane.top - pane.height / 3;
    }
  }
}

customElements.define("byte-pane", BytePane);

import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { JsonTree } from "./json-tree.js";
import { MarkedText } from "./marked-text.js";
import { tryParseJson } from "../model/json-text.js";
import { TextOffsets } from "../model/text-offsets.js";

/** @typedef {import("../model/types.js").Block} Block */

/** Kinds of blocks whose text is read as written, in a fixed pitch. */
const CODE_KINDS = new Set(["tool_call", "tool_output", "code", "logs"]);

const KIND_NAMES = /** @type {Record<string, string>} */ ({
  text: "text",
  reasoning: "reasoning",
  refusal: "refusal",
  tool_call: "tool call",
  tool_output: "tool output",
  code: "code",
  logs: "logs",
  citation: "citation",
  media: "media",
  error: "error",
});

/** One block of a transcript or a conversation, whose words keep their places. */
export class BlockCard extends HTMLElement {
  #text = new MarkedText();
  #offsets = new TextOffsets("");
  /** @type {Block | null} */
  block = null;

  /**
   * @param {Block} block
   * @param {{note?: string}} [options] note: what else is said about it, such as its events
   */
  setBlock(block, { note = "" } = {}) {
    this.block = block;
    this.dataset.kind = block.kind;
    this.dataset.block = String(block.number);
    this.#offsets = new TextOffsets(block.text);
    this.#text.classList.toggle("block-card-code", CODE_KINDS.has(block.kind));
    this.#text.dir = "auto";
    this.#text.setText(block.text);
    const rest = block.truncated
      ? createElement("p", { class: "muted" }, "The text is longer; its bytes hold all of it.")
      : null;
    replaceChildren(
      this,
      buildHeading(block, note),
      this.#buildBody(block),
      this.#buildWindow(),
      rest,
      buildTree(block),
    );
  }

  /**
   * Return the code point of the text under a point of the window; -1 if there is none.
   *
   * @param {number} x
   * @param {number} y
   */
  findCodePoint(x, y) {
    const unit = this.#text.findUnitAt(x, y);
    return unit < 0 ? -1 : this.#offsets.toCodePoint(unit);
  }

  /**
   * Return the range of the document for a range of the text, which is brought into its window.
   *
   * @param {number} start in code points
   * @param {number} end
   */
  createRange(start, end) {
    const first = this.#offsets.toUnit(start);
    this.#text.reveal(first);
    return this.#text.createRange(first, this.#offsets.toUnit(end));
  }

  /** @param {Block} block */
  #buildBody(block) {
    if (block.kind !== "media") {
      return block.text === "" ? createElement("p", { class: "muted" }, "(empty)") : this.#text;
    }
    return createElement("p", { class: "block-card-media" }, ...showLine(block.text));
  }

  #buildWindow() {
    const { text } = this.#text;
    const window = createElement("p", { class: "block-card-window", hidden: true });
    const update = () => {
      window.hidden = this.#text.from === 0 && this.#text.to === text.length;
      const shown = `${formatCount(this.#text.from)} to ${formatCount(this.#text.to)} of ${formatCount(text.length)} characters`;
      const earlier = {
        class: "button",
        disabled: this.#text.from === 0,
        onclick: () => this.#text.showEarlier(),
      };
      const later = {
        class: "button",
        disabled: this.#text.to === text.length,
        onclick: () => this.#text.showLater(),
      };
      replaceChildren(
        window,
        shown,
        createElement("button", earlier, "Earlier"),
        createElement("button", later, "Later"),
      );
    };
    this.#text.addEventListener("window-change", update);
    update();
    return window;
  }
}

/**
 * @param {Block} block
 * @param {string} note
 */
function buildHeading(block, note) {
  const kind = KIND_NAMES[block.kind] ?? block.kind;
  const type =
    block.type && ![block.kind, block.name, "function", "text"].includes(block.type)
      ? block.type
      : "";
  return createElement(
    "header",
    { class: "block-card-heading" },
    createElement("span", { class: "block-card-kind" }, kind),
    block.name && createElement("b", { class: "block-card-name" }, ...showLine(block.name)),
    type && createElement("span", { class: "muted" }, ...showLine(type)),
    block.call_id &&
      createElement("code", { class: "block-card-id muted" }, ...showLine(block.call_id)),
    createElement("span", { class: "block-card-note muted" }, note || formatTextSize(block.text)),
  );
}

/** @param {Block} block */
function buildTree(block) {
  if (block.kind !== "tool_call" && block.kind !== "tool_output") return null;
  const value = /^\s*[[{]/.test(block.text) ? tryParseJson(block.text) : undefined;
  if (value === undefined) return null;
  const tree = new JsonTree();
  const details = createElement(
    "details",
    { class: "block-card-tree" },
    createElement("summary", {}, "As a tree"),
    tree,
  );
  details.addEventListener("toggle", () => tree.setValue(value), { once: true });
  return details;
}

/** @param {string} text */
function formatTextSize(text) {
  return text.length < 2000 ? "" : `${formatCount(text.length)} characters`;
}

customElements.define("block-card", BlockCard);

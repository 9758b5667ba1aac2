import { createElement, replaceChildren, setText } from "../base/dom.js";
import { escapeLine, showBlock } from "../base/visible.js";
import { TextOffsets } from "../model/text-offsets.js";

/** Kinds of blocks that are labelled on the stage; a plain text needs no name. */
const STAGE_LABELS = /** @type {Record<string, string>} */ ({
  ...{ reasoning: "reasoning", refusal: "refusal", tool_call: "calls", tool_output: "output" },
  ...{ code: "code", logs: "logs", citation: "source", media: "media", error: "error" },
});

/** A block of a transcript of which only the beginning has arrived. */
export class PlayedBlock extends HTMLElement {
  #text = createElement("div", { class: "played-block-text", dir: "auto" });
  #offsets = new TextOffsets("");
  #source = "";
  #shown = 0;

  /** @param {import("../model/types.js").Block} block */
  setBlock(block) {
    this.#source = block.text;
    this.#offsets = new TextOffsets(block.text);
    this.#shown = 0;
    this.dataset.kind = block.kind;
    this.hidden = true;
    const label = createElement("div", { class: "played-block-label" });
    setText(
      label,
      escapeLine([STAGE_LABELS[block.kind] ?? "", block.name].filter(Boolean).join(" ")),
    );
    replaceChildren(this, label, this.#text);
    this.#text.replaceChildren();
  }

  /**
   * Show so many code points of the text.
   *
   * @param {number} length
   * @returns {boolean} if that changed anything
   */
  showUntil(length) {
    const unit = this.#offsets.toUnit(length);
    this.hidden = unit === 0;
    if (unit === this.#shown) return false;
    if (unit < this.#shown) {
      this.#text.replaceChildren();
      this.#shown = 0;
    }
    this.#append(this.#source.slice(this.#shown, unit));
    this.#shown = unit;
    return true;
  }

  /** @param {string} text */
  #append(text) {
    const last = this.#text.lastChild;
    const nodes = showBlock(text);
    if (last instanceof Text && nodes[0] instanceof Text) {
      last.appendData(/** @type {Text} */ (nodes.shift()).data);
    }
    this.#text.append(...nodes);
  }
}

customElements.define("played-block", PlayedBlock);

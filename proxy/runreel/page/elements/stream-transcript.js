import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { BlockCard } from "./block-card.js";
import { setHighlight } from "./highlights.js";

/**
 * @typedef {import("../model/types.js").Block} Block
 * @typedef {import("../model/links.js").Link} Link
 */

/** Blocks that are built at once; a button adds the others. */
const BLOCKS_AT_ONCE = 200;

/**
 * The transcript of an answer. Dispatches `word-select` with `{block, codePoint}` for a word that
 * was clicked.
 */
export class StreamTranscript extends HTMLElement {
  /** @type {Map<number, BlockCard>} */
  #cards = new Map();
  /** @type {Block[]} */
  #blocks = [];
  #list = createElement("div", { class: "stream-transcript-blocks" });

  connectedCallback() {
    if (this.#list.parentNode !== null) return;
    this.append(this.#list);
    this.#list.addEventListener("click", (event) => this.#click(event));
  }

  /**
   * @param {Block[]} blocks
   * @param {string} emptyText what is said if there are none
   */
  setBlocks(blocks, emptyText) {
    this.#cards.clear();
    this.#blocks = blocks;
    setHighlight("linked-words", []);
    replaceChildren(
      this.#list,
      blocks.length === 0 && createElement("p", { class: "muted" }, emptyText),
    );
    this.#addBlocks(BLOCKS_AT_ONCE);
  }

  /**
   * Mark the words of pieces, and scroll to the first.
   *
   * @param {Link[]} links
   */
  markPieces(links) {
    const ranges = links.map(({ block, piece }) =>
      this.#findCard(block)?.createRange(piece[3], piece[4]),
    );
    const shown = ranges.filter((range) => range !== undefined);
    setHighlight("linked-words", shown);
    for (const card of this.#cards.values()) card.classList.remove("block-card-linked");
    for (const { block } of links) this.#cards.get(block)?.classList.add("block-card-linked");
    if (shown[0]) this.#scrollTo(shown[0].getBoundingClientRect());
  }

  /**
   * Scroll to a block.
   *
   * @param {number} block
   */
  showBlock(block) {
    const card = this.#findCard(block);
    if (card) this.#scrollTo(card.getBoundingClientRect());
    return card !== undefined;
  }

  /**
   * Return the card of a block, which is built if it is not there yet.
   *
   * @param {number} block
   */
  #findCard(block) {
    const index = this.#blocks.findIndex((each) => each.number === block);
    if (index >= this.#cards.size) this.#addBlocks(index + 1 - this.#cards.size);
    return this.#cards.get(block);
  }

  /** @param {number} count */
  #addBlocks(count) {
    this.#list.querySelector(".stream-transcript-more")?.remove();
    const begin = this.#cards.size;
    for (const [at, block] of this.#blocks.slice(begin, begin + count).entries()) {
      this.#list.append(...this.#createBlock(block, this.#blocks[begin + at - 1]));
    }
    const rest = this.#blocks.length - this.#cards.size;
    if (rest === 0) return;
    const button = {
      class: "button stream-transcript-more",
      onclick: () => this.#addBlocks(BLOCKS_AT_ONCE),
    };
    this.#list.append(
      createElement(
        "button",
        button,
        `Show ${formatCount(Math.min(rest, BLOCKS_AT_ONCE))} of ${formatCount(rest)} more`,
      ),
    );
  }

  /**
   * @param {Block} block
   * @param {Block | undefined} previous
   */
  #createBlock(block, previous) {
    const card = new BlockCard();
    card.setBlock(block, { note: describeEvents(block) });
    this.#cards.set(block.number, card);
    const owner = [block.owner, block.role].filter(Boolean).join(" · ");
    const isSame = previous && previous.owner === block.owner && previous.role === block.role;
    if (isSame || owner === "") return [card];
    return [createElement("h4", { class: "stream-transcript-owner" }, ...showLine(owner)), card];
  }

  /** @param {DOMRect} box */
  #scrollTo(box) {
    const pane = this.getBoundingClientRect();
    if (box.top >= pane.top + 8 && box.bottom <= pane.bottom - 8) return;
    this.scrollTop += box.top - pane.top - this.clientHeight / 3;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (getSelection()?.isCollapsed === false) return;
    const card = event.target instanceof Element && event.target.closest("block-card");
    if (!(card instanceof BlockCard) || card.block === null) return;
    if (event.target instanceof Element && event.target.closest("details, button, a")) return;
    const codePoint = card.findCodePoint(event.clientX, event.clientY);
    this.dispatchEvent(
      new CustomEvent("word-select", { detail: { block: card.block.number, codePoint } }),
    );
  }
}

/** @param {Block} block */
function describeEvents(block) {
  const events = block.pieces.map((piece) => piece[0]).filter((event) => event > 0);
  if (events.length === 0) return "";
  const first = Math.min(events[0] ?? 0, events.at(-1) ?? 0);
  const last = Math.max(events[0] ?? 0, events.at(-1) ?? 0);
  return first === last
    ? `event ${formatCount(first)}`
    : `events ${formatCount(first)}–${formatCount(last)}`;
}

customElements.define("stream-transcript", StreamTranscript);

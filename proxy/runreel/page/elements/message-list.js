import { createElement, replaceChildren } from "../base/dom.js";
import { formatCount } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { BlockCard } from "./block-card.js";

/** @typedef {import("../model/types.js").Block} Block */

/** Messages that are shown at first: some of the beginning, and the last ones. */
const FIRST_MESSAGES = 3;
const LAST_MESSAGES = 12;

/** Characters of a folded text in its line. */
const PREVIEW_START = 160;

/** Characters from which on a text of a message is folded. */
const LONG_MESSAGE = 1500;

/**
 * The messages of a request as a conversation. Tools are folded, and so are long texts. Dispatches
 * `word-select` with `{block, codePoint}` for a word that was clicked.
 */
export class MessageList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.#click);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#click);
  }

  /** @param {Block[]} blocks */
  setBlocks(blocks) {
    const messages = groupMessages(blocks);
    const rest = messages.slice(FIRST_MESSAGES, -LAST_MESSAGES);
    if (rest.length === 0) {
      replaceChildren(this, messages.map(buildMessage));
      return;
    }
    const label = `Show ${formatCount(rest.length)} messages between`;
    const more = createElement("button", { class: "button message-list-more" }, label);
    more.addEventListener("click", () => more.replaceWith(...rest.map(buildMessage)));
    const first = messages.slice(0, FIRST_MESSAGES).map(buildMessage);
    replaceChildren(this, first, more, messages.slice(-LAST_MESSAGES).map(buildMessage));
  }

  /** @param {MouseEvent} event */
  #click = (event) => {
    if (getSelection()?.isCollapsed === false || !(event.target instanceof Element)) return;
    const card = event.target.closest("block-card");
    if (
      !(card instanceof BlockCard) ||
      card.block === null ||
      event.target.closest("button, summary, json-tree")
    ) {
      return;
    }
    const codePoint = card.findCodePoint(event.clientX, event.clientY);
    this.dispatchEvent(
      new CustomEvent("word-select", { detail: { block: card.block.number, codePoint } }),
    );
  };
}

/**
 * Return the blocks of each message: those in a row that have the same role and owner.
 *
 * @param {Block[]} blocks
 * @returns {Block[][]}
 */
function groupMessages(blocks) {
  /** @type {Block[][]} */
  const messages = [];
  let previous = null;
  for (const block of blocks) {
    const isSame =
      previous !== null && previous.role === block.role && previous.owner === block.owner;
    if (isSame) messages.at(-1)?.push(block);
    else messages.push([block]);
    previous = block;
  }
  return messages;
}

/** @param {Block[]} blocks */
function buildMessage(blocks) {
  const role = blocks[0]?.role || (blocks[0]?.kind === "tool_output" ? "tool" : "message");
  const name = createElement("h4", { class: "message-list-role" }, ...showLine(role));
  return createElement(
    "section",
    { class: "message-list-message", "data-role": role },
    name,
    blocks.map(buildBlock),
  );
}

/** @param {Block} block */
function buildBlock(block) {
  const isTool = block.kind === "tool_call" || block.kind === "tool_output";
  if (!isTool && block.text.length <= LONG_MESSAGE) return buildCard(block);
  const kind = block.kind.replace("_", " ");
  const start = showLine(block.text.slice(0, PREVIEW_START));
  const preview = createElement("span", { class: isTool && "muted" }, start);
  const title = createElement(
    "span",
    { class: "message-list-title" },
    isTool && showLine(`${kind} ${block.name} `),
    preview,
  );
  const size = createElement("span", { class: "muted" }, formatCount(block.text.length));
  size.title = "characters";
  const summary = createElement("summary", {}, title, size);
  const details = createElement("details", { class: "message-list-folded" }, summary);
  details.addEventListener("toggle", () => details.append(buildCard(block)), { once: true });
  return details;
}

/** @param {Block} block */
function buildCard(block) {
  const card = new BlockCard();
  card.setBlock(block);
  return card;
}

customElements.define("message-list", MessageList);

import { addressOfExchange } from "../base/addresses.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatDuration, formatPlural } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { BlockCard } from "./block-card.js";

/**
 * @typedef {import("../base/types.js").RunDocument} RunDocument
 * @typedef {import("../base/types.js").RunExchange} RunExchange
 * @typedef {import("../base/types.js").RunBlock} RunBlock
 */

/** Blocks that are shown before the rest is asked for. */
const FIRST_BLOCKS = 200;

/** What a run says, from its first message to its last answer, beside the exchanges it came with. */
export class RunTranscript extends HTMLElement {
  /** @param {RunDocument} run */
  setRun(run) {
    replaceChildren(this);
    if (run.transcript.length === 0) {
      this.append(
        createElement(
          "p",
          { class: "muted" },
          "Its exchanges say nothing: no messages, texts or calls of tools.",
        ),
      );
    }
    this.#append(run, 0, FIRST_BLOCKS);
  }

  /**
   * Mark the blocks of an exchange, and scroll to the first one.
   *
   * @param {number} number
   */
  setCurrent(number) {
    const sections = [...this.querySelectorAll("section")];
    for (const section of sections) {
      section.classList.toggle("run-transcript-current", section.dataset.number === String(number));
    }
    const current = sections.find((section) => section.dataset.number === String(number));
    current?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {RunDocument} run
   * @param {number} start
   * @param {number} count
   */
  #append(run, start, count) {
    const blocks = run.transcript.slice(start, start + count);
    for (const group of groupByExchange(blocks)) this.append(buildSection(run, group));
    const rest = run.transcript.length - start - count;
    if (rest <= 0) return;
    const onclick = () => {
      more.remove();
      this.#append(run, start + count, 5 * FIRST_BLOCKS);
    };
    const more = createElement(
      "button",
      { class: "button", onclick },
      `Show ${formatPlural(rest, "more block")}`,
    );
    this.append(more);
  }
}

/**
 * @param {RunBlock[]} blocks
 * @returns {RunBlock[][]} those in a row that came with one exchange
 */
function groupByExchange(blocks) {
  /** @type {RunBlock[][]} */
  const groups = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last?.[0]?.number === block.number) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

/**
 * @param {RunDocument} run
 * @param {RunBlock[]} blocks
 * @returns {HTMLElement}
 */
function buildSection(run, blocks) {
  const number = blocks[0]?.number ?? 0;
  const exchange = run.exchanges.find((each) => each.row.number === number);
  const link = createElement(
    "a",
    { href: addressOfExchange(run.recording, number), "aria-label": `Exchange ${number}` },
    `#${number}`,
  );
  const facts =
    exchange === undefined
      ? []
      : [
          createElement("span", { class: "muted" }, formatDuration(exchange.begin_us) || "0"),
          createElement(
            "span",
            { class: "run-transcript-operation muted" },
            ...showLine(exchange.row.operation),
          ),
        ];
  const rail = createElement("header", {}, link, ...facts);
  const cards = createElement("div", { class: "run-transcript-blocks" }, ...blocks.map(buildCard));
  return createElement("section", { "data-number": number }, rail, cards);
}

/**
 * @param {RunBlock} block
 * @param {number} index
 * @returns {HTMLElement}
 */
function buildCard(block, index) {
  const card = new BlockCard();
  const note = block.is_request
    ? `sent${block.role === "" ? "" : ` as ${block.role}`}`
    : block.role;
  card.setBlock({ ...block, number: index, pieces: [] }, { note });
  card.classList.toggle("run-transcript-sent", block.is_request);
  return card;
}

customElements.define("run-transcript", RunTranscript);

import { createElement, replaceChildren } from "../base/dom.js";
import { formatPlural } from "../base/format.js";
import { showLine } from "../base/visible.js";
import { DiffChangeCard, addressOfSide } from "./diff-change.js";

/**
 * @typedef {import("../base/types.js").DiffExchange} DiffExchange
 * @typedef {import("../base/types.js").DiffSide} DiffSide
 */

/** Changes that are shown before the rest is asked for. */
const FIRST_CHANGES = 50;

/** Two exchanges that are the same call, or one without a counterpart, and what differs. */
export class DiffExchangeCard extends HTMLElement {
  /**
   * @param {DiffExchange} exchange
   * @param {DiffSide} left
   * @param {DiffSide} right
   */
  setExchange(exchange, left, right) {
    this.dataset.verdict = exchange.verdict;
    const sides = {
      left: addressOfSide(left, exchange.left),
      right: addressOfSide(right, exchange.right),
    };
    const cards = createElement("div", { class: "diff-exchange-changes" });
    replaceChildren(this, buildHeading(exchange, sides), ...exchange.notes.map(buildNote), cards);
    showChanges(cards, exchange, sides, FIRST_CHANGES);
  }
}

/**
 * @param {DiffExchange} exchange
 * @param {{left: string | null, right: string | null}} sides
 * @returns {HTMLElement}
 */
function buildHeading(exchange, { left, right }) {
  const verdict = createElement(
    "span",
    { class: "diff-verdict", "data-verdict": exchange.verdict },
    exchange.verdict,
  );
  const call = createElement("span", { class: "diff-exchange-call" }, ...showLine(exchange.call));
  const renamed = exchange.renamed > 0 ? `${formatPlural(exchange.renamed, "id")} renamed` : "";
  return createElement(
    "h3",
    {},
    verdict,
    buildNumber("A", left, exchange.left),
    createElement("span", { class: "muted", "aria-hidden": "true" }, "→"),
    buildNumber("B", right, exchange.right),
    call,
    createElement("span", { class: "muted" }, describeLack(exchange) || renamed),
  );
}

/**
 * @param {DiffExchange} exchange
 * @returns {string}
 */
function describeLack({ left, right }) {
  if (left === 0) return "added: only B has this call";
  return right === 0 ? "missing: only A has this call" : "";
}

/**
 * @param {string} side
 * @param {string | null} address
 * @param {number} number
 * @returns {HTMLElement}
 */
function buildNumber(side, address, number) {
  if (address === null) return createElement("span", { class: "muted" }, "none");
  return createElement(
    "a",
    { href: address, "aria-label": `${side}, exchange ${number}` },
    `#${number}`,
  );
}

/**
 * @param {string} note
 * @returns {HTMLElement}
 */
function buildNote(note) {
  return createElement("p", { class: "diff-exchange-note muted" }, ...showLine(note));
}

/**
 * @param {HTMLElement} cards
 * @param {DiffExchange} exchange
 * @param {{left: string | null, right: string | null}} sides
 * @param {number} count
 */
function showChanges(cards, exchange, sides, count) {
  const first = cards.childElementCount;
  for (const change of exchange.changes.slice(first, count)) {
    const card = new DiffChangeCard();
    card.setChange(change, sides);
    cards.append(card);
  }
  const rest = exchange.changes.length - count;
  if (rest <= 0) return;
  const onclick = () => {
    more.remove();
    showChanges(cards, exchange, sides, count + 10 * FIRST_CHANGES);
  };
  const more = createElement(
    "button",
    { class: "button", onclick },
    `Show ${formatPlural(rest, "more difference")}`,
  );
  cards.append(more);
}

customElements.define("diff-exchange", DiffExchangeCard);

import { addressOfExchange } from "../base/addresses.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatDuration } from "../base/format.js";
import { showBlock, showLine } from "../base/visible.js";
import { showWordSpans } from "./word-spans.js";

/**
 * @typedef {import("../base/types.js").DiffChange} DiffChange
 * @typedef {import("../base/types.js").DiffSide} DiffSide
 */

/** Characters of a value that are shown before it is unfolded. */
const FOLD = 600;

/** Kinds of changes that need no words but their values. */
const KIND_TEXTS = /** @type {Record<string, string>} */ ({
  changed: "",
  missing: "only in A",
  added: "only in B",
  doubled: "twice in B",
  swapped: "swapped with its neighbour",
  reordered: "in another order",
  repeated: "repeated",
  slower: "slower",
  faster: "faster",
});

/** One place where two exchanges differ, with the ways to it on both sides. */
export class DiffChangeCard extends HTMLElement {
  /** Addresses of the place on both sides, null where there is none. */
  left = /** @type {string | null} */ (null);
  right = /** @type {string | null} */ (null);

  /**
   * @param {DiffChange} change
   * @param {{left: string | null, right: string | null}} sides addresses of the two exchanges
   */
  setChange(change, { left, right }) {
    this.tabIndex = -1;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", `${change.verdict}: ${change.path}`);
    this.dataset.verdict = change.verdict;
    this.left = addPlace(left, change.left_place);
    this.right = addPlace(right, change.right_place);
    replaceChildren(this, this.#buildHeading(change), buildValues(change));
  }

  /**
   * @param {DiffChange} change
   * @returns {HTMLElement}
   */
  #buildHeading(change) {
    const path = createElement("code", { class: "diff-change-path" }, ...showLine(change.path));
    const label = createElement("span", { class: "muted" }, ...showLine(change.label));
    const kind = createElement(
      "span",
      { class: "diff-change-kind" },
      KIND_TEXTS[change.kind] ?? change.kind,
    );
    const places = createElement(
      "span",
      { class: "diff-change-places" },
      buildPlace("A", this.left, change.left_place),
      buildPlace("B", this.right, change.right_place),
    );
    return createElement("header", {}, path, label, kind, places);
  }
}

/**
 * @param {string | null} address
 * @param {import("../base/types.js").StreamPlace | null} place
 * @returns {string | null}
 */
function addPlace(address, place) {
  return address === null || place === null ? address : `${address}?event=${place.event}`;
}

/**
 * @param {string} side
 * @param {string | null} address
 * @param {import("../base/types.js").StreamPlace | null} place
 * @returns {HTMLElement | null}
 */
function buildPlace(side, address, place) {
  if (address === null || place === null) return null;
  const text = `${side}: event ${place.event} at ${formatDuration(place.at_us)}`;
  return createElement("a", { href: address, tabindex: "-1" }, text);
}

/**
 * @param {DiffChange} change
 * @returns {HTMLElement}
 */
function buildValues(change) {
  if (change.spans && change.spans.length > 0) {
    return createElement(
      "p",
      { class: "diff-change-words", dir: "auto" },
      ...showWordSpans(change.spans),
    );
  }
  const isOne = change.from === "" || change.to === "";
  return createElement(
    "div",
    { class: isOne ? "diff-change-values diff-change-one" : "diff-change-values" },
    buildValue("-", change.from),
    buildValue("+", change.to),
  );
}

/**
 * @param {"-" | "+"} sign
 * @param {string} value
 * @returns {HTMLElement | null}
 */
function buildValue(sign, value) {
  if (value === "") return null;
  const text = createElement("pre", { dir: "auto" }, ...showBlock(value.slice(0, FOLD)));
  const name = sign === "-" ? "A" : "B";
  const attributes = { class: sign === "-" ? "diff-change-old" : "diff-change-new" };
  const label = createElement("span", { class: "visually-hidden" }, `${name}:`);
  return createElement(
    "div",
    attributes,
    label,
    text,
    value.length > FOLD && buildUnfold(text, value),
  );
}

/**
 * @param {HTMLElement} text
 * @param {string} value
 * @returns {HTMLElement}
 */
function buildUnfold(text, value) {
  const button = createElement(
    "button",
    {
      class: "button",
      type: "button",
      onclick: () => {
        replaceChildren(text, ...showBlock(value));
        button.remove();
      },
    },
    `Show all ${value.length.toLocaleString("en")} characters`,
  );
  return button;
}

/**
 * Return the address of a side's exchange, null if it has none.
 *
 * @param {DiffSide} side
 * @param {number} number 0 for none
 * @returns {string | null}
 */
export function addressOfSide(side, number) {
  return number === 0 ? null : addressOfExchange(side.recording, number);
}

customElements.define("diff-change", DiffChangeCard);

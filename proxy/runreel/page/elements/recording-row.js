import { createElement, setAttribute, setText } from "../base/dom.js";
import { formatBytes, formatPlural } from "../base/format.js";
import { escapeLine } from "../base/visible.js";

/** The head of a recording's exchanges in the list. */
export class RecordingRow extends HTMLElement {
  #name = createElement("span", { class: "recording-row-name" });
  #facts = createElement("span", { class: "recording-row-facts" });
  #damage = createElement("span", { class: "recording-row-damage" });
  #mark = createElement("span", { class: "recording-row-mark" });

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.setAttribute("role", "row");
    this.setAttribute("aria-level", "1");
    const arrow = createElement("i", { class: "recording-row-arrow", "aria-hidden": "true" });
    const cell = createElement(
      "span",
      { role: "gridcell", class: "recording-row-cell" },
      arrow,
      this.#mark,
      this.#name,
      this.#facts,
      this.#damage,
    );
    this.append(cell);
  }

  /**
   * @param {string} name
   * @param {import("../base/types.js").RecordingEntry | undefined} entry
   * @param {{count: number, isFolded: boolean, rank: number}} context
   */
  update(name, entry, { count, isFolded, rank }) {
    if (this.firstChild === null) this.connectedCallback();
    setAttribute(this, "aria-expanded", String(!isFolded));
    setText(this.#name, escapeLine(name));
    setText(this.#mark, rank === 0 ? "" : rank === 1 ? "A" : "B");
    setText(this.#facts, escapeLine(listFacts(entry, count).join(" · ")));
    setText(this.#damage, escapeLine((entry?.damage ?? []).join("; ")));
  }
}

/**
 * @param {import("../base/types.js").RecordingEntry | undefined} entry
 * @param {number} count
 * @returns {string[]}
 */
function listFacts(entry, count) {
  const total = entry?.exchanges ?? count;
  const exchanges =
    total === count
      ? formatPlural(count, "exchange")
      : `${count} of ${formatPlural(total, "exchange")}`;
  const state = entry?.kind === "session" ? [entry.mode, entry.state] : [];
  const size = formatBytes(entry?.bytes);
  const upstream = entry?.upstream ? [`upstream ${entry.upstream}`] : [];
  return [...state, exchanges, size, ...upstream]
    .filter((fact) => fact !== null && fact !== "")
    .map(String);
}

customElements.define("recording-row", RecordingRow);

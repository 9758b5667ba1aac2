import { createElement, setAttribute, setText } from "../base/dom.js";
import { formatBytes, formatPlural } from "../base/format.js";
import { marks } from "../base/marks.js";
import { server } from "../base/server.js";
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

  /** @param {import("../base/row-store.js").Group} group */
  update({ recording, items, isFolded }) {
    if (this.firstChild === null) this.connectedCallback();
    const entry = server.recordings.find((candidate) => candidate.name === recording);
    setAttribute(this, "aria-expanded", String(!isFolded));
    setText(this.#name, escapeLine(recording));
    setText(this.#mark, ["", "A", "B"][marks.rank(recording)] ?? "");
    setText(this.#facts, escapeLine(listFacts(entry, items.length).join(" · ")));
    setText(this.#damage, escapeLine((entry?.damage ?? []).join("; ")));
  }
}

/**
 * @param {import("../base/types.js").RecordingEntry | undefined} entry
 * @param {number} count
 * @returns {string[]}
 */
function listFacts(entry, count) {
  const total = Math.max(entry?.exchanges ?? 0, count);
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

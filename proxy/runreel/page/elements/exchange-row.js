import {
  addressOfCall,
  addressOfExchange,
  addressOfMiss,
  addressOfRun,
} from "../base/addresses.js";
import { createElement, setAttribute, setText } from "../base/dom.js";
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatPlural,
  formatTokens,
} from "../base/format.js";
import { marks } from "../base/marks.js";
import { server } from "../base/server.js";
import { escapeLine } from "../base/visible.js";
import { FrameSpark } from "./frame-spark.js";

/** @typedef {import("../base/types.js").Row} Row */

/**
 * The columns of the list; `name` is the last part of the cells' class.
 *
 * @type {{name: string, title: string, about?: string, text?: (row: Row) => string}[]}
 */
export const COLUMNS = [
  { name: "mark", title: "", about: "Marked for a comparison" },
  { name: "number", title: "#", text: (row) => (row.number === null ? "" : String(row.number)) },
  { name: "clock", title: "Time", text: (row) => formatClock(row.started) },
  { name: "operation", title: "Operation" },
  { name: "run", title: "Run" },
  { name: "model", title: "Model", text: (row) => row.model ?? "" },
  { name: "status", title: "Status", about: "HTTP status, and how the answer ended" },
  {
    name: "first",
    title: "First",
    about: "Time to the first content",
    text: (row) => formatDuration(row.first_content_us),
  },
  { name: "duration", title: "Duration" },
  {
    name: "tokens",
    title: "Tokens",
    about: "Input and output, as the API reported them",
    text: (row) => formatTokens(row.input_tokens, row.output_tokens),
  },
  { name: "bytes", title: "Size", text: (row) => formatBytes(row.bytes) },
  { name: "outcome", title: "Outcome", text: (row) => row.outcome ?? "" },
  { name: "spark", title: "Frames", about: "Bytes of the answer over its duration" },
];

/** One exchange of the list. */
export class ExchangeRow extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map();
  #mark = createElement("button", { class: "exchange-row-toggle", tabindex: "-1", type: "button" });
  #operation = createElement("a", { tabindex: "-1" });
  #target = createElement("span", { class: "exchange-row-target" });
  #run = createElement("a", { tabindex: "-1" });
  #status = createElement("span", {});
  #problems = createElement("span", { class: "exchange-row-problems" });
  #spark = new FrameSpark();

  connectedCallback() {
    if (this.firstChild !== null) return;
    this.setAttribute("role", "row");
    this.setAttribute("aria-level", "2");
    for (const { name } of COLUMNS) {
      const cell = createElement("span", { class: `exchange-row-${name}`, role: "gridcell" });
      this.#cells.set(name, cell);
      this.append(cell);
    }
    this.#cells.get("mark")?.append(this.#mark);
    this.#cells.get("operation")?.append(this.#operation, " ", this.#target);
    this.#cells.get("run")?.append(this.#run);
    this.#cells.get("status")?.append(this.#status, " ", this.#problems);
    this.#cells.get("spark")?.append(this.#spark);
  }

  /**
   * Show a row; what has not changed is left alone.
   *
   * @param {Row} row
   */
  update(row) {
    if (this.firstChild === null) this.connectedCallback();
    const call = server.findCall(row);
    const elapsed = call === undefined ? null : 1000 * (performance.now() - call.began);
    for (const { name, text } of COLUMNS) if (text) this.#setCell(name, text(row));
    this.#setCell("duration", formatDuration(elapsed ?? row.duration_us));
    this.#updateStatus(row, elapsed !== null);
    this.#updateLinks(row);
    this.#updateMark(row);
    this.#spark.draw(row.spark ?? []);
    setAttribute(this, "data-outcome", row.outcome ?? "");
    this.classList.toggle("exchange-row-open", elapsed !== null);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #setCell(name, text) {
    const cell = this.#cells.get(name);
    if (cell) setText(cell, escapeLine(text));
  }

  /**
   * @param {Row} row
   * @param {boolean} isOpen
   */
  #updateStatus(row, isOpen) {
    const ending = row.ending && row.ending !== "complete" ? row.ending : "";
    const status = row.status ?? (isOpen ? "…" : "");
    setText(this.#status, escapeLine([status, ending].filter((text) => text !== "").join(" ")));
    setText(this.#problems, describeProblems(row));
    const isError = row.is_alarm || (row.status ?? 0) >= 400;
    setAttribute(this, "data-level", isError ? "error" : ending === "" ? "" : "odd");
  }

  /** @param {Row} row */
  #updateLinks(row) {
    setText(this.#operation, escapeLine(row.operation || row.method));
    setText(this.#target, escapeLine(row.target === null ? "" : `${row.method} ${row.target}`));
    setLink(this.#operation, addressOfRow(row));
    setText(this.#run, escapeLine(row.run ?? ""));
    setLink(this.#run, row.run === null ? null : addressOfRun(row.recording, row.run));
  }

  /** @param {Row} row */
  #updateMark(row) {
    const rank = row.number === null ? 0 : marks.rank(`${row.recording}:${row.number}`);
    this.#mark.hidden = row.number === null;
    setText(this.#mark, ["", "A", "B"][rank] ?? "");
    setAttribute(this.#mark, "aria-label", `Mark ${row.number} for a comparison`);
    setAttribute(this.#mark, "aria-pressed", String(rank > 0));
  }
}

/**
 * Return the place that a row leads to: its exchange, its miss, or none yet.
 *
 * @param {Row} row
 * @returns {string | null}
 */
export function addressOfRow(row) {
  if (row.number !== null) return addressOfExchange(row.recording, row.number);
  if (row.miss) return addressOfMiss(row.recording, row.miss);
  return row.call === null || row.outcome !== null ? null : addressOfCall(row.recording, row.call);
}

/**
 * @param {Row} row
 * @returns {string}
 */
function describeProblems({ damage, problems }) {
  if (damage) return "damaged";
  return problems > 0 ? formatPlural(problems, "problem") : "";
}

/**
 * @param {HTMLAnchorElement} link
 * @param {string | null} address
 */
function setLink(link, address) {
  if (address === null) link.removeAttribute("href");
  else setAttribute(link, "href", address);
}

customElements.define("exchange-row", ExchangeRow);

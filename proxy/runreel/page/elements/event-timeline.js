import { createElement, setAttribute, setAttributes } from "../base/dom.js";
import { TIMELINE_ROW, TimelineLayout } from "../model/timeline-layout.js";
import { buildEndRow, buildEventRow, buildPendingRow } from "./timeline-row.js";

/**
 * @typedef {object} TimelineSource
 * @property {number} count
 * @property {number[]} gaps microseconds between successive events
 * @property {Set<number>} stalls numbers of the events that came after a stall
 * @property {number} endGapUs microseconds between the last event and the end
 * @property {number} endUs
 * @property {string} ending the end in words
 * @property {boolean} isAlarm
 * @property {(number: number) => import("../model/types.js").TimelineEvent | null} peek
 * @property {(first: number, last: number) => void} need
 */

/** Pixels outside of the visible part whose rows are in the document. */
const SPARE_PIXELS = 8 * TIMELINE_ROW;

/** Pixels between a selected row and the edge that it was scrolled to. */
const SCROLL_MARGIN = 2 * TIMELINE_ROW;

/**
 * The events of a stream, a row each; the time between two is the distance between their rows. The
 * end is the last row. Dispatches `event-select` with the number of an event.
 */
export class EventTimeline extends HTMLElement {
  /** @type {TimelineSource | null} */
  #source = null;
  #layout = new TimelineLayout(0, [], 0);
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #spacer = createElement("div", { class: "event-timeline-rows", role: "rowgroup" });
  #selected = 0;
  #frame = 0;
  #observer = new ResizeObserver(() => this.refresh());

  connectedCallback() {
    if (this.#spacer.parentNode === null) {
      setAttributes(this, { role: "grid", tabindex: 0, "aria-label": "Events" });
      this.append(this.#spacer);
      this.addEventListener("scroll", () => this.refresh(), { passive: true });
      this.addEventListener("click", (event) => this.#click(event));
    }
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  /** @param {TimelineSource} source */
  setSource(source) {
    this.#source = source;
    this.#layout = new TimelineLayout(source.count, source.gaps, source.endGapUs);
    this.#selected = 0;
    this.#rows.clear();
    this.#spacer.replaceChildren();
    this.scrollTop = 0;
    setAttribute(this, "aria-rowcount", String(this.#layout.rows));
    this.refresh();
  }

  /**
   * Select an event and scroll to it; 0 selects none.
   *
   * @param {number} number
   */
  select(number) {
    this.#selected = number;
    if (number > 0) this.#scrollTo(number - 1);
    this.#render();
    const row = this.#rows.get(number - 1);
    setAttributes(this, { "aria-activedescendant": row?.id });
  }

  /** Show the rows anew, within the next frame. */
  refresh() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#render());
  }

  /** Number of rows that a key for a page goes. */
  get pageSize() {
    return Math.max(1, Math.floor(this.clientHeight / (TIMELINE_ROW * 1.4)));
  }

  /** @param {number} row */
  #scrollTo(row) {
    this.#spacer.style.height = `${this.#layout.height}px`;
    const top = this.#layout.findTop(row);
    const bottom = top + TIMELINE_ROW;
    if (top < this.scrollTop + SCROLL_MARGIN) this.scrollTop = top - SCROLL_MARGIN;
    else if (bottom + SCROLL_MARGIN > this.scrollTop + this.clientHeight) {
      this.scrollTop = bottom + SCROLL_MARGIN - this.clientHeight;
    }
  }

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const source = this.#source;
    if (source === null || !this.isConnected) return;
    this.#spacer.style.height = `${this.#layout.height}px`;
    const { first, end } = this.#layout.findRows(
      this.scrollTop - SPARE_PIXELS,
      this.scrollTop + this.clientHeight + SPARE_PIXELS,
    );
    for (const [row, element] of this.#rows) {
      if (row >= first && row < end) continue;
      element.remove();
      this.#rows.delete(row);
    }
    if (first < source.count) source.need(first + 1, Math.min(end, source.count));
    for (let row = first; row < end; row += 1) this.#place(row, source);
  }

  /**
   * @param {number} row
   * @param {TimelineSource} source
   */
  #place(row, source) {
    const shown = this.#rows.get(row);
    const isWanted = !shown || ("pending" in shown.dataset && source.peek(row + 1) !== null);
    const element = isWanted ? this.#build(row, source) : shown;
    if (isWanted) {
      element.style.top = `${this.#layout.findTop(row)}px`;
      if (shown) shown.replaceWith(element);
      else this.#insert(row, element);
      this.#rows.set(row, element);
    }
    setAttribute(element, "aria-selected", String(row === this.#selected - 1));
  }

  /**
   * @param {number} row
   * @param {TimelineSource} source
   */
  #build(row, source) {
    if (row === source.count) return buildEndRow(source);
    const event = source.peek(row + 1);
    if (event === null) return buildPendingRow(row);
    return buildEventRow(row, event, this.#layout.gaps[row] ?? 0, source.stalls.has(row + 1));
  }

  /**
   * Insert a row in the order of the rows, in which assistive technology reads them.
   *
   * @param {number} row
   * @param {HTMLElement} element
   */
  #insert(row, element) {
    const later = [...this.#rows.keys()].filter((other) => other > row);
    const next = later.length > 0 ? this.#rows.get(Math.min(...later)) : null;
    this.#spacer.insertBefore(element, next ?? null);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = event.target instanceof Element && event.target.closest(".event-timeline-row");
    if (!(row instanceof HTMLElement)) return;
    const number = Number(row.dataset.row) + 1;
    if (this.#source === null || number > this.#source.count) return;
    this.dispatchEvent(new CustomEvent("event-select", { detail: number }));
  }
}

customElements.define("event-timeline", EventTimeline);

import { addressOfExchange } from "../base/addresses.js";
import { createElement, replaceChildren } from "../base/dom.js";
import { formatDuration } from "../base/format.js";
import { escapeLine } from "../base/visible.js";

/** @typedef {import("../base/types.js").RunExchange} RunExchange */

/** Marks of the time line at most. */
const MOST_MARKS = 8;
/** Share of the time line behind which a mark has no room for its label. */
const LAST_LABEL = 0.94;

/** Smallest width of a bar, in percent: a quick call can still be hit. */
const LEAST_WIDTH = 0.4;

/** The exchanges of a run on one time line: a lane for each operation, more if they overlap. */
export class RunLanes extends HTMLElement {
  /**
   * @param {RunExchange[]} exchanges
   * @param {number} end of the time line, in microseconds
   */
  setExchanges(exchanges, end) {
    const length = Math.max(1, end);
    const lanes = groupByLane(exchanges).map((lane) => buildLane(lane, length));
    replaceChildren(this, buildAxis(length), createElement("ol", {}, ...lanes));
  }

  /**
   * Mark the bar of an exchange.
   *
   * @param {number} number
   */
  setCurrent(number) {
    for (const bar of this.querySelectorAll("a")) {
      const isCurrent = bar.dataset.number === String(number);
      bar.tabIndex = isCurrent ? 0 : -1;
      if (isCurrent) bar.setAttribute("aria-current", "true");
      else bar.removeAttribute("aria-current");
    }
    const [first] = this.querySelectorAll("a");
    if (number === 0 && first) first.tabIndex = 0;
  }

  /** Give the focus to the bar that is marked. */
  focusCurrent() {
    const bar = this.querySelector("a[aria-current]");
    if (bar instanceof HTMLElement) bar.focus();
  }
}

/**
 * @param {RunExchange[]} exchanges
 * @returns {RunExchange[][]}
 */
function groupByLane(exchanges) {
  /** @type {Map<number, RunExchange[]>} */
  const lanes = new Map();
  for (const exchange of exchanges) {
    lanes.set(exchange.lane, [...(lanes.get(exchange.lane) ?? []), exchange]);
  }
  return [...lanes].sort(([first], [second]) => first - second).map(([, lane]) => lane);
}

/**
 * @param {RunExchange[]} lane
 * @param {number} length
 * @returns {HTMLElement}
 */
function buildLane(lane, length) {
  const operation = escapeLine(lane[0]?.row.operation || lane[0]?.row.method || "");
  const count = lane.length > 1 ? ` ×${lane.length}` : "";
  const name = createElement(
    "span",
    { class: "run-lanes-name", title: operation },
    operation,
    createElement("span", { class: "muted" }, count),
  );
  const track = createElement(
    "span",
    { class: "run-lanes-track" },
    ...lane.map((exchange) => buildBar(exchange, length)),
  );
  return createElement("li", {}, name, track);
}

/**
 * @param {RunExchange} exchange
 * @param {number} length
 * @returns {HTMLElement}
 */
function buildBar(exchange, length) {
  const { row, begin_us: begin, end_us: end, first_content_us: first } = exchange;
  const number = row.number ?? 0;
  const bar = createElement("a", {
    href: addressOfExchange(row.recording, number),
    "data-number": number,
    "data-level": row.is_alarm || (row.status ?? 0) >= 400 ? "error" : false,
    title: describeBar(exchange),
    "aria-label": describeBar(exchange),
    tabindex: "-1",
  });
  bar.style.left = `${(100 * begin) / length}%`;
  bar.style.width = `${Math.max(LEAST_WIDTH, (100 * (end - begin)) / length)}%`;
  if (first !== null) bar.append(buildContent(first - begin, end - begin));
  return bar;
}

/**
 * Return the part of a bar from the first content on.
 *
 * @param {number} wait
 * @param {number} duration
 * @returns {HTMLElement}
 */
function buildContent(wait, duration) {
  const content = createElement("i", {});
  content.style.left = `${(100 * wait) / Math.max(1, duration)}%`;
  return content;
}

/**
 * @param {RunExchange} exchange
 * @returns {string}
 */
function describeBar({ row, begin_us: begin, end_us: end, first_content_us: first }) {
  const content = first === null ? "" : `, first content after ${formatDuration(first - begin)}`;
  const status = row.status === null ? "" : `, ${row.status}`;
  const name = escapeLine(row.operation || row.method);
  return `#${row.number} ${name}${status}: at ${formatDuration(begin)}, took ${formatDuration(end - begin)}${content}`;
}

/**
 * @param {number} length
 * @returns {HTMLElement}
 */
function buildAxis(length) {
  const step = findStep(length);
  const marks = [];
  for (let at = 0; at <= length; at += step) {
    const isAtEdge = at > LAST_LABEL * length;
    const mark = createElement("span", {}, at === 0 ? "0" : isAtEdge ? "" : formatDuration(at));
    mark.style.left = `${(100 * at) / length}%`;
    marks.push(mark);
  }
  return createElement("div", { class: "run-lanes-axis", "aria-hidden": "true" }, ...marks);
}

/**
 * Return a round step for marks on a time line: 1, 2 or 5 times a power of ten.
 *
 * @param {number} length
 * @returns {number}
 */
function findStep(length) {
  const least = length / MOST_MARKS;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => power * factor >= least) ?? 10);
}

customElements.define("run-lanes", RunLanes);

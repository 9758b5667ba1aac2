import { createElement } from "../base/dom.js";
import { formatDuration } from "../base/format.js";
import { escapeLine, showLine } from "../base/visible.js";

/**
 * @typedef {import("../model/types.js").TimelineEvent} TimelineEvent
 * @typedef {import("./event-timeline.js").TimelineSource} TimelineSource
 */

/** Characters of an event's line and name in its row: what is longer cannot be seen. */
const GIST_SIZE = 300;
const NAME_SIZE = 100;

/**
 * Build the row of an event.
 *
 * @param {number} row counted from 0
 * @param {TimelineEvent} event
 * @param {number} gapUs since the event before
 * @param {boolean} isStalled if the stream had stalled before it
 */
export function buildEventRow(row, event, gapUs, isStalled) {
  const stall = { class: "event-timeline-stall", "aria-hidden": "true" };
  return createElement(
    "div",
    { ...describeRow(row, event.kind), "data-stall": isStalled },
    buildCell("number", String(row + 1)),
    buildCell("at", formatDuration(event.at_us)),
    buildCell("gap", row === 0 ? "" : `+${formatDuration(gapUs)}`),
    buildDot(isStalled ? `${event.kind}, after a stall` : event.kind),
    buildTexts(event),
    isStalled && createElement("span", stall, `stalled ${formatDuration(gapUs)}`),
  );
}

/**
 * Build the row of an event that is not read yet.
 *
 * @param {number} row
 */
export function buildPendingRow(row) {
  return createElement(
    "div",
    { ...describeRow(row, "pending"), "data-pending": true },
    buildCell("number", String(row + 1)),
    buildCell("at", ""),
    buildCell("gap", ""),
    buildDot("loading"),
    buildCell("texts", "…"),
  );
}

/**
 * Build the last row: the end of the answer.
 *
 * @param {TimelineSource} source
 */
export function buildEndRow(source) {
  return createElement(
    "div",
    { ...describeRow(source.count, source.isAlarm ? "alarm" : "end") },
    buildCell("number", "end"),
    buildCell("at", formatDuration(source.endUs)),
    buildCell("gap", source.count ? `+${formatDuration(source.endGapUs)}` : ""),
    buildDot("end"),
    buildEnding(source.ending),
  );
}

/** @param {string} ending */
function buildEnding(ending) {
  const text = createElement("span", { class: "event-timeline-ending" }, showLine(ending));
  const cell = { class: "event-timeline-texts", role: "gridcell", title: escapeLine(ending) };
  return createElement("span", cell, text);
}

/**
 * @param {number} row
 * @param {string} kind
 */
function describeRow(row, kind) {
  return {
    class: "event-timeline-row",
    role: "row",
    id: `event-row-${row + 1}`,
    "aria-rowindex": row + 1,
    "data-row": row,
    "data-kind": kind,
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function buildCell(name, text) {
  return createElement("span", { class: `event-timeline-${name}`, role: "gridcell" }, text);
}

/** @param {string} kind */
function buildDot(kind) {
  const name = createElement("span", { class: "visually-hidden" }, kind);
  return createElement(
    "span",
    { class: "event-timeline-dot", role: "gridcell", title: kind },
    name,
  );
}

/** @param {TimelineEvent} event */
function buildTexts(event) {
  const name = event.event ?? "";
  const gist = createElement(
    "span",
    { class: "event-timeline-gist" },
    showLine(event.gist.slice(0, GIST_SIZE)),
  );
  const label = createElement(
    "span",
    { class: "event-timeline-name", title: escapeLine(name) },
    showLine(name.slice(0, NAME_SIZE)),
  );
  const parts = event.kind === "content" ? [gist, label] : [label, gist];
  return createElement("span", { class: "event-timeline-texts", role: "gridcell" }, parts);
}

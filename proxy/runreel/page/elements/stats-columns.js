import { formatBytes, formatCount, formatDuration } from "../base/format.js";

/**
 * The columns of the table of numbers: what `runreel stats` computes for each group.
 *
 * @typedef {import("../base/types.js").StatsGroup} StatsGroup
 *
 * @typedef {object} StatsColumn
 * @property {string} name for the address, when the table is sorted by it
 * @property {string} group title above several columns
 * @property {string} title
 * @property {(group: StatsGroup) => number | null} read
 * @property {(value: number | null) => string} format
 */

/** @type {StatsColumn[]} */
export const STATS_COLUMNS = [
  column("calls", "", "Calls", (group) => group.calls, formatCount),
  column("errors", "", "Errors", countErrors, hideZero),
  column(
    "first-50",
    "First content",
    "p50",
    (group) => group.time_to_first_chunk_us.p50,
    formatDuration,
  ),
  column(
    "first-95",
    "First content",
    "p95",
    (group) => group.time_to_first_chunk_us.p95,
    formatDuration,
  ),
  column(
    "first-max",
    "First content",
    "max",
    (group) => group.time_to_first_chunk_us.max,
    formatDuration,
  ),
  column("duration-50", "Duration", "p50", (group) => group.duration_us.p50, formatDuration),
  column("duration-95", "Duration", "p95", (group) => group.duration_us.p95, formatDuration),
  column("duration-max", "Duration", "max", (group) => group.duration_us.max, formatDuration),
  column("gap-95", "Gap", "p95", (group) => group.gap_us.p95, formatDuration),
  column("gap-max", "Gap", "max", (group) => group.gap_us.max, formatDuration),
  column("stalls", "", "Stalls", (group) => group.stalls, hideZero),
  column("events", "", "Events", (group) => group.events, hideZero),
  column("bytes", "", "Size", (group) => group.bytes, formatBytes),
  column("input", "Tokens", "in", (group) => group.tokens.input, formatCount),
  column("cached", "Tokens", "cached", (group) => group.tokens.cached, hideZero),
  column("output", "Tokens", "out", (group) => group.tokens.output, formatCount),
  column("reasoning", "Tokens", "reasoning", (group) => group.tokens.reasoning, hideZero),
  column("repeated", "", "Repeated", (group) => group.repeated, hideZero),
];

/**
 * Return the columns in which any of the groups has something to show.
 *
 * @param {StatsGroup[]} groups
 * @returns {StatsColumn[]}
 */
export function listUsedColumns(groups) {
  return STATS_COLUMNS.filter(({ read, format }) =>
    groups.some((group) => format(read(group)) !== ""),
  );
}

/**
 * Return the number of calls with an error.
 *
 * @param {StatsGroup} group
 * @returns {number}
 */
export function countErrors(group) {
  return Object.values(group.errors).reduce((sum, count) => sum + count, 0);
}

/**
 * Return what kinds of errors a group has: "429 ×2, truncated".
 *
 * @param {StatsGroup} group
 * @returns {string}
 */
export function listErrors(group) {
  const entries = Object.entries(group.errors);
  return entries.map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(", ");
}

/**
 * @param {string} name
 * @param {string} group
 * @param {string} title
 * @param {StatsColumn["read"]} read
 * @param {StatsColumn["format"]} format
 * @returns {StatsColumn}
 */
function column(name, group, title, read, format) {
  return { name, group, title, read, format };
}

/**
 * @param {number | null} count
 * @returns {string}
 */
function hideZero(count) {
  return count === 0 ? "" : formatCount(count);
}
